using System.Text;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>A text that says one thing, and may be told another. Linux: struct device_attribute and its like.</summary>
/// <param name="fileSystem">Where it is.</param>
/// <param name="permissions">Its mode.</param>
/// <param name="show">Its text; null: it cannot be read.</param>
/// <param name="store">Takes what is written; null: it cannot be written.</param>
internal sealed class AttributeFile(TreeFileSystem fileSystem, ushort permissions, Func<string>? show, Func<string, Errno>? store = null)
    : TreeFile(fileSystem, permissions)
{
    private const int PageSize = 4096;

    /// <inheritdoc/>
    public override bool CanRead => show is not null;

    /// <inheritdoc/>
    public override bool CanWrite => store is not null;

    /// <summary>sysfs says a page whatever is in it, proc nothing.</summary>
    public override ulong Size => FileSystem.ModeBindsRoot ? PageSize : 0u;

    /// <inheritdoc/>
    public override nint Read(KernelTask task, Span<byte> buffer, long offset)
    {
        if (show is null)
        {
            return -(int)Errno.EIO;
        }

        ReadOnlySpan<byte> text = Encoding.UTF8.GetBytes(show());
        if (offset >= text.Length)
        {
            return 0;
        }

        text = text[(int)offset..];
        text = text[..Math.Min(text.Length, buffer.Length)];
        text.CopyTo(buffer);
        return text.Length;
    }

    /// <inheritdoc/>
    public override nint Write(KernelTask task, ReadOnlySpan<byte> buffer, long offset)
    {
        if (store is null)
        {
            return -(int)Errno.EIO;
        }

        // kernfs hands the store function at most a page less one byte, and does not call it for nothing.
        buffer = buffer[..Math.Min(buffer.Length, PageSize - 1)];
        Errno error = buffer.IsEmpty ? Errno.None : store(Encoding.UTF8.GetString(buffer));
        return error == Errno.None ? buffer.Length : -(int)error;
    }
}
