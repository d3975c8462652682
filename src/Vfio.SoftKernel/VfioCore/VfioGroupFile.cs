using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Kvm;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>An open /dev/vfio/N. Linux: vfio_group_fops.</summary>
internal sealed class VfioGroupFile(VfioGroup group, FileStatus status) : OpenFile, IVfioFile
{
    private readonly HostMemfd _host = new(group.Module.Host, "vfio-group");

    /// <summary>The group.</summary>
    public VfioGroup Group { get; } = group;

    /// <inheritdoc/>
    public override UapiFile? Kind => UapiFile.Group;

    /// <inheritdoc/>
    public override FileStatus Status { get; } = status;

    /// <inheritdoc/>
    public override int HostDescriptor => _host.Descriptor;

    /// <inheritdoc/>
    public bool EnforcesCoherency => Group.EnforcesCoherency;

    /// <inheritdoc/>
    public void SetVirtualMachine(VirtualMachine? machine) => Group.VirtualMachine = machine;

    /// <inheritdoc/>
    public override int Ioctl(KernelTask task, uint request, UserArgument argument) => Group.Ioctl(task, request, argument);

    /// <inheritdoc/>
    protected override void Release()
    {
        Group.FileReleased();
        _host.Close();
    }
}
