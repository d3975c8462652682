using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>
/// The third argument of an ioctl: a value that may be an address in the caller's memory, or memory that the runtime vouches for and that is
/// copied directly. A handler cannot tell the two apart.
/// </summary>
public readonly ref struct UserArgument
{
    private const uint PageSize = 4096;
    private const int LargestPiece = 16 * (int)PageSize;

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

    /// <summary>
    /// check_zeroed_user, as copy_struct_from_user asks it of what a caller's struct has beyond ours, up to its <paramref name="end"/>: E2BIG at the
    /// first byte that is not zero, EFAULT where the memory ends before one shows.
    /// </summary>
    public Errno CheckZeroed(int known, uint end)
    {
        uint from = (uint)known;
        if (end <= from)
        {
            return Errno.None;
        }

        if (_memory is not null)
        {
            return CheckZeroed(_memory, unchecked(Value + from), end - from);
        }

        int there = (int)Math.Min((uint)_direct.Length, end);
        return known < there && _direct[known..there].ContainsAnyExcept((byte)0) ? Errno.E2BIG : there < end ? Errno.EFAULT : Errno.None;
    }

    // What the caller says of a length may be 4 GiB: many pages at once, and where one of them is not there those before it one by one.
    private static Errno CheckZeroed(UserMemory memory, ulong address, uint length)
    {
        if (address > UserMemory.End - length)
        {
            return Errno.EFAULT;
        }

        Span<byte> piece = stackalloc byte[(int)Math.Min(LargestPiece, length)];
        ulong end = address + length;
        while (address < end)
        {
            ulong toPage = PageSize - (address % PageSize);
            Span<byte> part = piece[..(int)Math.Min(end - address, (ulong)piece.Length)];
            if (memory.CopyIn(address, part) != Errno.None)
            {
                part = part[..(int)Math.Min((ulong)part.Length, toPage)];
                if (memory.CopyIn(address, part) is not Errno.None and Errno fault)
                {
                    return fault;
                }
            }

            if (part.ContainsAnyExcept((byte)0))
            {
                return Errno.E2BIG;
            }

            address += (ulong)part.Length;
        }

        return Errno.None;
    }
}
