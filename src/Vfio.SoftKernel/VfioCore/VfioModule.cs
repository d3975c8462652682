using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>VFIO of one machine: its devices, groups and containers. Linux: drivers/vfio, struct vfio of vfio_main.c and group.c.</summary>
/// <remarks>
/// Lock order of this room, outermost first: <see cref="VfioGroup"/>'s lock, the device set's lock, the
/// container's lock, type1's lock, the interrupt lock of VfioPci; then iommufd's and IommuGroup's. No lock is held while a device model runs
/// save the set's (open, close, reset).
/// </remarks>
internal sealed class VfioModule
{
    /// <summary>Loads vfio.</summary>
    /// <param name="host">The system calls of the process we live in.</param>
    /// <param name="shown">Where nodes and sysfs entries appear.</param>
    /// <param name="accounts">The machine's locked memory.</param>
    /// <param name="parameters">Module parameters.</param>
    public VfioModule(ISystemCalls host, IVfioClass shown, MemlockAccounts accounts, VfioParameters parameters)
    {
        Host = host;
        Shown = shown;
        Accounts = accounts;
        Parameters = parameters;
    }

    /// <summary>The system calls of the process we live in.</summary>
    public ISystemCalls Host { get; }

    /// <summary>Where nodes and sysfs entries appear.</summary>
    public IVfioClass Shown { get; }

    /// <summary>The machine's locked memory.</summary>
    public MemlockAccounts Accounts { get; }

    /// <summary>Module parameters.</summary>
    public VfioParameters Parameters { get; set; }

    /// <summary>vfio_fops_open: /dev/vfio/vfio.</summary>
    /// <param name="status">What fstat says of the node.</param>
    public OpenResult OpenContainer(FileStatus status) => throw new NotImplementedException();
}
