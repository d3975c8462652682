using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio;

internal sealed partial class LibcSystemCalls
{
    private const int CurrentDirectory = -100;
    private const int EmptyPath = 0x1000;
    private const uint BasicStatistics = 0x7FF;

    public int Stat(string path, out FileStatus status) => Stat(CurrentDirectory, path, 0, out status);

    public int Fstat(int fd, out FileStatus status) => Stat(fd, string.Empty, EmptyPath, out status);

    private static unsafe int Stat(int directory, string path, int flags, out FileStatus status)
    {
        Statx raw;

        // Sound: Statx is struct statx in full (256 bytes), and a local does not move.
        int result = Result(StatxNative(directory, path, flags, BasicStatistics, &raw));
        status = result < 0
            ? default
            : new FileStatus
            {
                Mode = raw.Mode,
                UserId = raw.UserId,
                GroupId = raw.GroupId,
                Inode = raw.Inode,
                Size = raw.Size,
                BlockSize = raw.BlockSize,
                DeviceMajor = raw.DeviceMajor,
                DeviceMinor = raw.DeviceMinor,
                NodeMajor = raw.NodeMajor,
                NodeMinor = raw.NodeMinor,
            };
        return result;
    }

    [LibraryImport(Libc, EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int StatxNative(int directory, string path, int flags, uint mask, Statx* status);

    /// <summary>struct statx of linux/stat.h.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Statx
    {
        [FieldOffset(4)]
        public uint BlockSize;

        [FieldOffset(20)]
        public uint UserId;

        [FieldOffset(24)]
        public uint GroupId;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public ulong Size;

        [FieldOffset(128)]
        public uint NodeMajor;

        [FieldOffset(132)]
        public uint NodeMinor;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }
}
