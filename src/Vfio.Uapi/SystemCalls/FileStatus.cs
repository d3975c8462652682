namespace Vfio.Uapi;

/// <summary>The parts of struct statx that this project asks for.</summary>
public readonly record struct FileStatus
{
    /// <summary>stx_mode: type and permission bits.</summary>
    public ushort Mode { get; init; }

    /// <summary>stx_uid.</summary>
    public uint UserId { get; init; }

    /// <summary>stx_gid.</summary>
    public uint GroupId { get; init; }

    /// <summary>stx_ino.</summary>
    public ulong Inode { get; init; }

    /// <summary>stx_size in bytes.</summary>
    public ulong Size { get; init; }

    /// <summary>stx_blksize in bytes: of a hugetlbfs file its pages' size.</summary>
    public uint BlockSize { get; init; }

    /// <summary>Major number of the file system's device.</summary>
    public uint DeviceMajor { get; init; }

    /// <summary>Minor number of the file system's device.</summary>
    public uint DeviceMinor { get; init; }

    /// <summary>stx_rdev_major: of a device node, its major number.</summary>
    public uint NodeMajor { get; init; }

    /// <summary>stx_rdev_minor: of a device node, its minor number.</summary>
    public uint NodeMinor { get; init; }

    /// <summary>S_ISCHR.</summary>
    public bool IsCharacterDevice => (Mode & 0xF000) == 0x2000;

    /// <summary>S_ISDIR.</summary>
    public bool IsDirectory => (Mode & 0xF000) == 0x4000;
}
