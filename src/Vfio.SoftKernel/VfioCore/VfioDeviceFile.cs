using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>An open device, by its node or from its group. Linux: struct vfio_device_file.</summary>
internal sealed class VfioDeviceFile(VfioCoreDevice device, FileStatus status) : OpenFile
{
    /// <summary>The device.</summary>
    public VfioCoreDevice Device { get; } = device;

    /// <inheritdoc/>
    public override FileStatus Status { get; } = status;

    /// <inheritdoc/>
    public override int HostDescriptor => throw new NotImplementedException();

    /// <inheritdoc/>
    protected override void Release() => throw new NotImplementedException();
}
