using Vfio.Uapi;

namespace Vfio;

/// <summary>A machine whose devices are to be found and opened: this one, or one reached through another implementation of the system calls.</summary>
public sealed partial class VfioHost
{
    /// <summary>A machine behind a set of system calls.</summary>
    /// <param name="calls">How it is reached.</param>
    /// <param name="root">Where its /sys, /dev and /proc are.</param>
    public VfioHost(ISystemCalls calls, string root = "/")
    {
        ArgumentNullException.ThrowIfNull(calls);
        ArgumentNullException.ThrowIfNull(root);
        Calls = calls;
        Root = root.TrimEnd('/');
        Binding = new DriverBinding(this);
    }

    /// <summary>This machine, through libc.</summary>
    public static VfioHost Local { get; } = new(LibcSystemCalls.Instance);

    /// <summary>How the machine is reached.</summary>
    public ISystemCalls Calls { get; }

    /// <summary>Hands functions to vfio-pci and back.</summary>
    public DriverBinding Binding { get; }

    /// <summary>What stands before every path; empty for "/".</summary>
    internal string Root { get; }

    /// <summary>Every PCI function, in order of address.</summary>
    /// <exception cref="VfioException">/sys/bus/pci/devices cannot be read.</exception>
    public IReadOnlyList<PciFunction> ListFunctions() => throw new NotImplementedException();

    /// <summary>One function.</summary>
    /// <exception cref="VfioException">There is none at that address (ENODEV).</exception>
    public PciFunction GetFunction(PciAddress address) => throw new NotImplementedException();

    /// <summary>One IOMMU group.</summary>
    /// <exception cref="VfioException">There is no such group (ENOENT).</exception>
    public IommuGroup GetGroup(int id) => throw new NotImplementedException();

    /// <summary>Everything the choice of an interface depends on. Opens no device.</summary>
    /// <exception cref="VfioException">There is no function at that address (ENODEV).</exception>
    public DeviceFacts Examine(PciAddress address) => throw new NotImplementedException();

    /// <summary>An absolute path on that machine ("/dev/iommu") as the system calls take it.</summary>
    internal string PathOf(string path) => Root + path;

    /// <summary>
    /// The exception for a failed call on a function, with advice from its facts: names the functions that keep a group from being viable, the
    /// memlock limit, the parameter and its risk.
    /// </summary>
    internal VfioException Failure(Errno errno, string operation, string path, DeviceFacts facts)
        => throw new NotImplementedException(facts.ToString());
}
