using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Iommufd.Test;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>What every open of /dev/iommu on one machine shares. Linux: drivers/iommu/iommufd/main.c, the module and its parameter.</summary>
/// <param name="host">Where host descriptors come from.</param>
/// <param name="accounts">The machine's locked memory.</param>
internal sealed class IommufdModule(ISystemCalls host, MemlockAccounts accounts)
{
    /// <summary>iommufd.allow_unsafe_interrupts: bind devices whose MSI is not isolated.</summary>
    public bool AllowUnsafeInterrupts { get; set; }

    /// <summary>Where host descriptors come from.</summary>
    public ISystemCalls Host { get; } = host;

    /// <summary>The machine's locked memory.</summary>
    public MemlockAccounts Accounts { get; } = accounts;

    /// <summary>CONFIG_IOMMUFD_TEST: what IOMMU_TEST_CMD works on; null where the kernel is built without.</summary>
    public TestModule? Test { get; init; }

    /// <summary>Where what can be mapped begins in its file: told by the calls that make it, so no program may assume it to be zero.</summary>
    public ulong RegionBase { get; init; }

    /// <summary>iommufd_fops_open.</summary>
    /// <param name="status">What fstat says of the node.</param>
    /// <param name="asVfioContainer">Opened as /dev/vfio/vfio: memory is then charged to the process, not to the user.</param>
    public IommufdFile Open(FileStatus status, bool asVfioContainer = false)
    {
        IommufdFile file = new(this, status, asVfioContainer);
        Test?.Opened(file);
        return file;
    }
}
