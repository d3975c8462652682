using System.Buffers.Binary;
using Vfio.Uapi;

namespace Vfio.Emulator.Notify;

/// <summary>What stat and statx write, x86-64. Linux: fs/stat.c cp_new_stat, cp_statx.</summary>
internal static class StatusLayout
{
    /// <summary>Bytes of struct stat, and where st_size is.</summary>
    public const int StatSize = 144;
    public const int StatSizeField = 48;

    /// <summary>Bytes of struct statx, and where stx_size is.</summary>
    public const int StatxSize = 256;
    public const int StatxSizeField = 40;

    private const uint BasicStatistics = 0x7FF;
    private const int BlockSize = 4096;

    /// <summary>struct stat.</summary>
    public static ReadOnlySpan<byte> Stat(in FileStatus status, Span<byte> buffer)
    {
        buffer = buffer[..StatSize];
        buffer.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(buffer, Device(status.DeviceMajor, status.DeviceMinor));
        BinaryPrimitives.WriteUInt64LittleEndian(buffer[8..], status.Inode);
        BinaryPrimitives.WriteUInt64LittleEndian(buffer[16..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[24..], status.Mode);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[28..], status.UserId);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[32..], status.GroupId);
        BinaryPrimitives.WriteUInt64LittleEndian(buffer[40..], Device(status.NodeMajor, status.NodeMinor));
        BinaryPrimitives.WriteUInt64LittleEndian(buffer[48..], status.Size);
        BinaryPrimitives.WriteInt64LittleEndian(buffer[56..], BlockSize);
        return buffer;
    }

    /// <summary>struct statx.</summary>
    public static ReadOnlySpan<byte> Statx(in FileStatus status, Span<byte> buffer)
    {
        buffer = buffer[..StatxSize];
        buffer.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(buffer, BasicStatistics);
        BinaryPrimitives.WriteInt32LittleEndian(buffer[4..], BlockSize);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[16..], 1);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[20..], status.UserId);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[24..], status.GroupId);
        BinaryPrimitives.WriteUInt16LittleEndian(buffer[28..], status.Mode);
        BinaryPrimitives.WriteUInt64LittleEndian(buffer[32..], status.Inode);
        BinaryPrimitives.WriteUInt64LittleEndian(buffer[40..], status.Size);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[128..], status.NodeMajor);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[132..], status.NodeMinor);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[136..], status.DeviceMajor);
        BinaryPrimitives.WriteUInt32LittleEndian(buffer[140..], status.DeviceMinor);
        return buffer;
    }

    // new_encode_dev.
    private static ulong Device(uint major, uint minor) => (minor & 0xff) | (major << 8) | ((minor & ~0xffUL) << 12);
}
