using Vfio.Uapi;

namespace Vfio;

/// <summary>A machine whose devices are to be found and opened: this one, or one reached through another implementation of the system calls.</summary>
public sealed partial class VfioHost
{
    private readonly SystemTree _tree;

    /// <summary>A machine behind a set of system calls.</summary>
    /// <param name="calls">How it is reached.</param>
    /// <param name="root">Where its /sys, /dev and /proc are.</param>
    public VfioHost(ISystemCalls calls, string root = "/")
    {
        ArgumentNullException.ThrowIfNull(calls);
        ArgumentNullException.ThrowIfNull(root);
        Calls = calls;
        _tree = new SystemTree(calls, root.TrimEnd('/'));
        Binding = new DriverBinding(this, calls, _tree);
    }

    /// <summary>This machine, through libc.</summary>
    public static VfioHost Local { get; } = new(LibcSystemCalls.Instance);

    /// <summary>How the machine is reached.</summary>
    public ISystemCalls Calls { get; }

    /// <summary>Hands functions to vfio-pci and back.</summary>
    public DriverBinding Binding { get; }

    /// <summary>Every PCI function, in order of address.</summary>
    /// <exception cref="VfioException">/sys/bus/pci/devices cannot be read.</exception>
    public IReadOnlyList<PciFunction> ListFunctions() => new FunctionReader(_tree).ReadAll();

    /// <summary>One function.</summary>
    /// <exception cref="VfioException">There is none at that address (ENODEV).</exception>
    public PciFunction GetFunction(PciAddress address)
        => new FunctionReader(_tree).Read(address)
            ?? throw new VfioException(Errno.ENODEV, "find", address.ToString(), "There is no PCI function at that address: vfio ls shows those there are.");

    /// <summary>One IOMMU group.</summary>
    /// <exception cref="VfioException">There is no such group (ENOENT).</exception>
    public IommuGroup GetGroup(int id)
        => new FunctionReader(_tree).ReadGroup(id)
            ?? throw new VfioException(Errno.ENOENT, "find", $"IOMMU group {id}", "There is no such IOMMU group.");

    /// <summary>Everything the choice of an interface depends on. Opens no device.</summary>
    /// <exception cref="VfioException">There is no function at that address (ENODEV).</exception>
    public DeviceFacts Examine(PciAddress address) => new FactsReader(Calls, _tree, new FunctionReader(_tree)).Read(GetFunction(address));

    /// <summary>
    /// <see cref="Examine"/> for every function, in order of address. Reads what functions share once, so it is the way to look at a whole machine.
    /// </summary>
    /// <exception cref="VfioException">/sys/bus/pci/devices cannot be read.</exception>
    public IReadOnlyList<DeviceFacts> ExamineAll()
    {
        FunctionReader functions = new(_tree);
        FactsReader facts = new(Calls, _tree, functions);
        return [.. functions.ReadAll().Select(facts.Read)];
    }

    /// <summary>An absolute path on that machine ("/dev/iommu") as the system calls take it.</summary>
    internal string PathOf(string path) => _tree.PathOf(path);

    /// <summary>
    /// The exception for a failed call on a function, with advice from its facts: names the functions that keep a group from being viable, the processes
    /// that use it, the parameter and its risk.
    /// </summary>
    internal VfioException Failure(Errno errno, string operation, string path, DeviceFacts facts)
        => new(errno, operation, path, FailureAdvice.For(_tree, errno, operation, path, facts));
}
