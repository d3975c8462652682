using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>A caller's bitmap that bits are set in; those that are set stay. Bytes in between are written in long runs, not one by one.</summary>
internal static class UserBitmap
{
    /// <summary>Sets the bits <paramref name="first"/> to <paramref name="last"/> of the bitmap at <paramref name="address"/>; EFAULT where it is not there.</summary>
    public static Errno Set(UserMemory memory, ulong address, ulong first, ulong last)
    {
        ulong firstByte = first / 8;
        ulong lastByte = last / 8;
        byte head = (byte)(0xff << (int)(first & 7));
        byte tail = (byte)(0xff >> (7 - (int)(last & 7)));
        if (firstByte == lastByte)
        {
            return Or(memory, unchecked(address + firstByte), (byte)(head & tail));
        }

        Errno error = Or(memory, unchecked(address + firstByte), head);
        if (error == Errno.None)
        {
            error = Fill(memory, unchecked(address + firstByte + 1), lastByte - firstByte - 1);
        }

        return error == Errno.None ? Or(memory, unchecked(address + lastByte), tail) : error;
    }

    private static Errno Or(UserMemory memory, ulong address, byte bits)
    {
        Span<byte> at = [bits];
        if (bits != 0xff)
        {
            Errno fault = memory.CopyIn(address, at);
            if (fault != Errno.None)
            {
                return fault;
            }

            at[0] |= bits;
        }

        return memory.CopyOut(address, at);
    }

    private static Errno Fill(UserMemory memory, ulong address, ulong length)
    {
        Span<byte> ones = stackalloc byte[4096];
        ones.Fill(0xff);
        while (length != 0)
        {
            int piece = (int)Math.Min(length, (ulong)ones.Length);
            Errno fault = memory.CopyOut(address, ones[..piece]);
            if (fault != Errno.None)
            {
                return fault;
            }

            address += (ulong)piece;
            length -= (ulong)piece;
        }

        return Errno.None;
    }
}
