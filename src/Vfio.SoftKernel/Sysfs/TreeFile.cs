using Vfio.SoftKernel.Core;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>A regular file whose bytes are made as they are read.</summary>
/// <param name="fileSystem">Where it is.</param>
/// <param name="permissions">Its mode.</param>
internal abstract class TreeFile(TreeFileSystem fileSystem, ushort permissions) : TreeNode(fileSystem, permissions)
{
    /// <inheritdoc/>
    public override ushort Type => 0x8000;

    /// <summary>It has a way to be read. Linux: sysfs_ops->show, bin_attribute.read.</summary>
    public abstract bool CanRead { get; }

    /// <summary>It has a way to be written.</summary>
    public abstract bool CanWrite { get; }

    /// <summary>Reads at <paramref name="offset"/>; bytes read or a negative errno.</summary>
    public abstract nint Read(KernelTask task, Span<byte> buffer, long offset);

    /// <summary>Writes at <paramref name="offset"/>; bytes taken or a negative errno.</summary>
    public abstract nint Write(KernelTask task, ReadOnlySpan<byte> buffer, long offset);
}
