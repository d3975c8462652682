using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>A file that says what the topology put into it.</summary>
/// <param name="fileSystem">Where it is.</param>
/// <param name="permissions">Its mode.</param>
/// <param name="content">Its bytes.</param>
/// <param name="isText">sysfs shows a page as the size of a text and the real one of other files.</param>
internal sealed class BytesFile(TreeFileSystem fileSystem, ushort permissions, ReadOnlyMemory<byte> content, bool isText)
    : TreeFile(fileSystem, permissions)
{
    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override ulong Size => !isText ? (ulong)content.Length : FileSystem.ModeBindsRoot ? 4096u : 0u;

    /// <inheritdoc/>
    public override nint Read(KernelTask task, Span<byte> buffer, long offset)
    {
        if (offset >= content.Length)
        {
            return 0;
        }

        ReadOnlySpan<byte> from = content.Span[(int)offset..];
        from = from[..Math.Min(from.Length, buffer.Length)];
        from.CopyTo(buffer);
        return from.Length;
    }

    /// <inheritdoc/>
    public override nint Write(KernelTask task, ReadOnlySpan<byte> buffer, long offset) => -(int)Errno.EIO;
}
