using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>An open /dev/vfio/vfio. Closing it leaves the container to the groups in it. Linux: vfio_fops of drivers/vfio/container.c.</summary>
internal sealed class VfioContainerFile(VfioModule module, FileStatus status) : OpenFile
{
    private readonly HostMemfd _host = new(module.Host, "vfio-container");

    /// <summary>The container.</summary>
    public VfioContainer Container { get; } = new(module);

    /// <inheritdoc/>
    public override UapiFile? Kind => UapiFile.Container;

    /// <inheritdoc/>
    public override IReadOnlyList<HeldObject> Held => Container.Held is { } held ? [held] : [];

    /// <inheritdoc/>
    public override FileStatus Status { get; } = status;

    /// <inheritdoc/>
    public override int HostDescriptor => _host.Descriptor;

    /// <inheritdoc/>
    public override int Ioctl(KernelTask task, uint request, UserArgument argument) => Container.Ioctl(task, request, argument);

    /// <inheritdoc/>
    protected override void Release() => _host.Close();
}
