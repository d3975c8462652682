using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>A BAR as sysfs offers it for mapping. It is there and has its size; its registers are reached through VFIO only.</summary>
/// <param name="fileSystem">sysfs.</param>
/// <param name="size">Bytes.</param>
internal sealed class ResourceFile(TreeFileSystem fileSystem, ulong size) : TreeFile(fileSystem, 0x180)
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override ulong Size => size;

    /// <summary>fs/sysfs/file.c sysfs_kf_bin_read without a read function.</summary>
    public override nint Read(KernelTask task, Span<byte> buffer, long offset) => -(int)Errno.EIO;

    /// <summary>fs/sysfs/file.c sysfs_kf_bin_write without a write function.</summary>
    public override nint Write(KernelTask task, ReadOnlySpan<byte> buffer, long offset) => -(int)Errno.EIO;
}
