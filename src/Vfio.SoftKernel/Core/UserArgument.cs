using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>
/// The third argument of an ioctl: a value that may be an address in the caller's memory, or memory that the runtime vouches for and that is
/// copied directly. A handler cannot tell the two apart.
/// </summary>
public readonly ref struct UserArgument
{
    private readonly Span<byte> _direct;
    private readonly UserMemory? _memory;

    /// <summary>A value or an address, of the caller's.</summary>
    public UserArgument(UserMemory memory, ulong value)
    {
        _memory = memory;
        Value = value;
    }

    /// <summary>Memory the runtime vouches for; past its end is EFAULT.</summary>
    public UserArgument(Span<byte> direct) => _direct = direct;

    /// <summary>The argument as a number, for calls that take it by value. Zero for direct memory.</summary>
    public ulong Value { get; }

    /// <summary>Copies <paramref name="destination"/>.Length bytes in from <paramref name="offset"/>.</summary>
    public Errno CopyIn(int offset, Span<byte> destination)
    {
        if (_memory is not null)
        {
            return _memory.CopyIn(unchecked(Value + (ulong)offset), destination);
        }

        if (offset > _direct.Length || destination.Length > _direct.Length - offset)
        {
            return Errno.EFAULT;
        }

        _direct.Slice(offset, destination.Length).CopyTo(destination);
        return Errno.None;
    }

    /// <summary>Copies <paramref name="source"/> out to <paramref name="offset"/>.</summary>
    public Errno CopyOut(int offset, ReadOnlySpan<byte> source)
    {
        if (_memory is not null)
        {
            return _memory.CopyOut(unchecked(Value + (ulong)offset), source);
        }

        if (offset > _direct.Length || source.Length > _direct.Length - offset)
        {
            return Errno.EFAULT;
        }

        source.CopyTo(_direct[offset..]);
        return Errno.None;
    }
}
