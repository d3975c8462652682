using System.Buffers.Binary;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.Emulator.Notify;

/// <summary>Bytes between a program's memory and a soft file, through a receiver's buffer. Linux: fs/read_write.c.</summary>
internal static class Transfers
{
    // MAX_RW_COUNT.
    private const ulong LongestTransfer = 0x7fff_f000;

    /// <summary>vfs_readv, vfs_writev and do_loop_readv_writev: piece by piece, until one is not done whole.</summary>
    public static long Vectored(KernelTask task, OpenFile file, in Notification call, bool writes, byte[] buffer)
    {
        const int MostPieces = 1024;
        const int PieceSize = 16;
        const ulong HighPriority = 1;
        Notification.SixArguments arguments = call.Arguments;
        if (arguments[2] > MostPieces)
        {
            return -(int)Errno.EINVAL;
        }

        byte[] pieces = new byte[(int)arguments[2] * PieceSize];
        Errno error = task.Memory.CopyIn(arguments[1], pieces);
        ulong total = 0;
        for (int at = 0; error == Errno.None && at < pieces.Length; at += PieceSize)
        {
            ulong length = BinaryPrimitives.ReadUInt64LittleEndian(pieces.AsSpan(at + 8));
            total += Math.Min(length, LongestTransfer);
            error = length > long.MaxValue ? Errno.EINVAL
                : BinaryPrimitives.ReadUInt64LittleEndian(pieces.AsSpan(at)) > UserMemory.End - Math.Min(length, UserMemory.End) ? Errno.EFAULT : Errno.None;
        }

        if (error != Errno.None || total == 0)
        {
            return -(int)error;
        }

        if (call.Number is SystemCall.Preadv2 or SystemCall.Pwritev2 && (arguments[5] & ~HighPriority) != 0)
        {
            return -(int)Errno.EOPNOTSUPP;
        }

        long done = 0;
        for (int at = 0; at < pieces.Length && (ulong)done < LongestTransfer; at += PieceSize)
        {
            ulong address = BinaryPrimitives.ReadUInt64LittleEndian(pieces.AsSpan(at));
            ulong length = Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(pieces.AsSpan(at + 8)), LongestTransfer - (ulong)done);
            if (length == 0)
            {
                continue;
            }

            long position = (long)arguments[3] + done;
            long moved = writes ? Write(task, file, address, length, position, buffer) : Read(task, file, address, length, position, buffer);
            if (moved < 0)
            {
                return done > 0 ? done : moved;
            }

            done += moved;
            if ((ulong)moved != length)
            {
                break;
            }
        }

        return done;
    }

    /// <summary>vfs_read: what was read, or the errno.</summary>
    public static long Read(KernelTask task, OpenFile file, ulong address, ulong count, long position, byte[] buffer)
    {
        long done = 0;
        count = Math.Min(count, LongestTransfer);
        do
        {
            Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(count - (ulong)done, (ulong)buffer.Length));
            nint read = file.Read(task, piece, ref position);
            if (read < 0 || task.Memory.CopyOut(address + (ulong)done, piece[..(int)read]) is var fault && fault != Errno.None)
            {
                return done > 0 ? done : read < 0 ? read : -(int)Errno.EFAULT;
            }

            done += read;
            if (read < piece.Length)
            {
                break;
            }
        }
        while ((ulong)done < count);
        return done;
    }

    /// <summary>vfs_write, as the read.</summary>
    public static long Write(KernelTask task, OpenFile file, ulong address, ulong count, long position, byte[] buffer)
    {
        long done = 0;
        count = Math.Min(count, LongestTransfer);
        do
        {
            Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(count - (ulong)done, (ulong)buffer.Length));
            if (task.Memory.CopyIn(address + (ulong)done, piece) != Errno.None)
            {
                return done > 0 ? done : -(int)Errno.EFAULT;
            }

            nint written = file.Write(task, piece, ref position);
            if (written < 0)
            {
                return done > 0 ? done : written;
            }

            done += written;
            if (written < piece.Length)
            {
                break;
            }
        }
        while ((ulong)done < count);
        return done;
    }

    /// <summary>vfs_write: the operation is looked for before the memory is. A device's regions begin where the file does, and lseek moves nothing.</summary>
    public static long AtOnesPosition(KernelTask task, OpenFile file, ulong address, ulong count, byte[] buffer)
    {
        long position = (long)SeccompFilter.RegionBase;
        nint refused = file.Write(task, [], ref position);
        return refused < 0 ? refused : Write(task, file, address, count, (long)SeccompFilter.RegionBase, buffer);
    }

    /// <summary>kernfs_fop_write_iter: all pieces are one text, of a page at most.</summary>
    public static long WriteGathered(KernelTask task, OpenFile file, ulong address, int pieces, long position, byte[] buffer)
    {
        const int PieceSize = 16;
        const int Page = 4096;
        Span<byte> list = stackalloc byte[SeccompFilter.MostControlPieces * PieceSize];
        if (pieces > SeccompFilter.MostControlPieces || task.Memory.CopyIn(address, list[..(pieces * PieceSize)]) != Errno.None)
        {
            return -(int)Errno.EFAULT;
        }

        int length = 0;
        for (int at = 0; at < pieces * PieceSize; at += PieceSize)
        {
            int part = (int)Math.Min(BinaryPrimitives.ReadUInt64LittleEndian(list[(at + 8)..]), (ulong)(Page - length));
            if (task.Memory.CopyIn(BinaryPrimitives.ReadUInt64LittleEndian(list[at..]), buffer.AsSpan(length, part)) != Errno.None)
            {
                return -(int)Errno.EFAULT;
            }

            length += part;
        }

        return file.Write(task, buffer.AsSpan(0, length), ref position);
    }
}
