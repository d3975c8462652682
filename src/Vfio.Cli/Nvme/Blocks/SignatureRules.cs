using System.Text;

namespace Vfio.Cli.Nvme.Blocks;

/// <summary>Partition tables, file systems and volumes by their magic numbers, as their on-disk formats put them.</summary>
internal static class SignatureRules
{
    private const long Kibi = 1 << 10;
    private const long Mebi = 1 << 20;
    private const long Gibi = 1 << 30;
    private static readonly long[] s_endsOfPages = [4096 - 10, 8192 - 10, 16384 - 10, 32768 - 10, 65536 - 10];

    // A superblock's magic number is 1372 bytes in; it is at one of four places.
    private static readonly long[] s_ufs = [1372, (8 * Kibi) + 1372, (64 * Kibi) + 1372, (256 * Kibi) + 1372];

    /// <summary>What stands at places that do not depend on a namespace's size or blocks.</summary>
    public static IReadOnlyList<SignatureRule> Fixed { get; } =
    [
        // Partition tables. A disk may have been partitioned while its blocks had another size.
        .. Of("GPT partition table", "EFI PART", 512, 4096),
        .. Of("Apple partition map", "PM\0\0", 512, 1024, 2048, 4096),
        .. Of("BSD disk label", [0x57, 0x45, 0x56, 0x82], 64, 128, 512),
        .. Of("Sun disk label", [0xda, 0xbe], 508),
        .. Of("SGI disk label", [0x0b, 0xe5, 0xa9, 0x41], 0),

        // File systems.
        .. Of("ext2, ext3 or ext4 file system", [0x53, 0xef], 1080),
        .. Of("XFS file system", "XFSB", 0),
        .. Of("Btrfs file system", "_BHRfS_M", (64 * Kibi) + 64, (64 * Mebi) + 64, (256 * Gibi) + 64),
        .. Of("NTFS file system", "NTFS    ", 3),
        .. Of("exFAT file system", "EXFAT   ", 3),
        .. Of("ReFS file system", "ReFS\0\0\0\0", 3),
        .. Of("FAT file system", "FAT1", 54),
        .. Of("FAT file system", "FAT32", 82),
        .. Of("BitLocker volume", "-FVE-FS-", 3),
        .. Of("ISO 9660 file system", "CD001", 32769),
        .. Of("UDF file system", "BEA01", 32769),
        .. Of("UDF file system", "NSR0", 34817),
        .. Of("F2FS file system", [0x10, 0x20, 0xf5, 0xf2], 1024, 4096 + 1024),
        .. Of("SquashFS file system", "hsqs", 0),
        .. Of("SquashFS file system", "sqsh", 0),
        .. Of("EROFS file system", [0xe2, 0xe1, 0xf5, 0xe0], 1024),
        .. Of("bcachefs file system", [0xc6, 0x85, 0x73, 0xf6, 0x66, 0xce, 0x90, 0xa9, 0xd9, 0x6a, 0x60, 0xcf, 0x80, 0x3d, 0xf7, 0xef], 4096 + 24),
        .. Of("bcache or bcachefs volume", [0xc6, 0x85, 0x73, 0xf6, 0x4e, 0x1a, 0x45, 0xca, 0x82, 0x65, 0xf5, 0x7f, 0x48, 0xba, 0x6d, 0x81], 4096 + 24),
        .. Of("JFS file system", "JFS1", 32768),
        .. Of("ReiserFS file system", "ReIsEr", (64 * Kibi) + 52),
        .. Of("NILFS2 file system", [0x34, 0x34], 1024 + 6),
        .. Of("APFS container", "NXSB", 32),
        .. Of("HFS file system", "BD", 1024),
        .. Of("HFS+ file system", "H+\0\x04", 1024),
        .. Of("HFS+ file system", "HX\0\x05", 1024),
        .. Of("UFS file system", [0x54, 0x19, 0x01, 0x00], s_ufs),
        .. Of("UFS file system", [0x00, 0x01, 0x19, 0x54], s_ufs),
        .. Of("UFS2 file system", [0x19, 0x01, 0x54, 0x19], s_ufs),
        .. Of("UFS2 file system", [0x19, 0x54, 0x01, 0x19], s_ufs),
        .. Of("GFS or GFS2 file system", [0x01, 0x16, 0x19, 0x70], 64 * Kibi),
        .. Of("OCFS2 file system", "OCFSV2", 1024, 2048, 4096, 8192),
        .. Of("VMFS volume", [0x0d, 0xd0, 0x01, 0xc0], Mebi),
        .. Of("VMFS file system", [0x5e, 0xf1, 0xab, 0x2f], 2 * Mebi),
        .. Of("minix file system", [0x7f, 0x13], 1040),
        .. Of("minix file system", [0x8f, 0x13], 1040),
        .. Of("minix file system", [0x68, 0x24], 1040),
        .. Of("minix file system", [0x78, 0x24], 1040),
        .. Of("minix file system", [0x5a, 0x4d], 1048),
        .. Of("cramfs file system", [0x45, 0x3d, 0xcd, 0x28], 0, 512),
        .. Of("cramfs file system", [0x28, 0xcd, 0x3d, 0x45], 0, 512),
        .. Of("UBIFS file system", [0x31, 0x18, 0x10, 0x06], 0),

        // Volumes.
        .. Of("LUKS volume", "LUKS\xba\xbe", 0),
        .. Of("LUKS volume (second header)", "SKUL\xba\xbe", 16 * Kibi, 32 * Kibi, 64 * Kibi, 128 * Kibi, 256 * Kibi, 512 * Kibi, Mebi, 2 * Mebi, 4 * Mebi),
        .. Of("LVM physical volume", "LABELONE", 0, 512, 1024, 1536),
        .. Of("RAID member (md 1.1)", [0xfc, 0x4e, 0x2b, 0xa9], 0),
        .. Of("RAID member (md 1.2)", [0xfc, 0x4e, 0x2b, 0xa9], 4096),
        .. Of("RAID member (Intel)", "Intel Raid ISM Cfg Sig. ", -1024, -8192),
        .. Of("RAID member (DDF)", [0xde, 0x11, 0xde, 0x11], -512, -4096),
        .. Of("DRBD volume", [0x83, 0x74, 0x02, 0x6b], -4096 + 60),
        .. Of("DRBD volume", [0x83, 0x74, 0x02, 0x6c], -4096 + 60),
        .. Of("DRBD volume", [0x83, 0x74, 0x02, 0x6d], -4096 + 60),
        .. Of("Ceph volume", "bluestore block device", 0),
        .. Of("Stratis member", "!Stra0tis\u0086\u00ff\u0002^Arh", 512 + 4, (9 * 512) + 4),
        .. Of("VDO volume", "dmvdo001", 0),
        .. Of("dm-verity hashes", "verity\0\0", 0),
        .. Of("dm-integrity volume", "integrt\0", 0),
        .. Of("Oracle ASM disk", "ORCLDISK", 32),
        .. Of("UBI volume", "UBI#", 0),

        // Swap, whose header ends its first page, of whatever size a machine's pages are; and a machine that sleeps in it.
        .. Of("swap area", "SWAPSPACE2", s_endsOfPages),
        .. Of("swap area", "SWAP-SPACE", s_endsOfPages),
        .. Of("hibernated machine", "S1SUSPEND", s_endsOfPages),
        .. Of("hibernated machine", "S2SUSPEND", s_endsOfPages),
        .. Of("hibernated machine", "ULSUSPEND", s_endsOfPages),
        .. Of("hibernated machine", "LINHIB0001", s_endsOfPages),
    ];

    // Latin 1: a sign's letters are its bytes.
    private static SignatureRule[] Of(string what, string magic, params long[] offsets) => Of(what, Encoding.Latin1.GetBytes(magic), offsets);

    private static SignatureRule[] Of(string what, byte[] magic, params long[] offsets) => [.. offsets.Select(offset => new SignatureRule(what, offset, magic))];
}
