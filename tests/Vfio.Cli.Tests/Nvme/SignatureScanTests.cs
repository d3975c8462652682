using Vfio.Cli.Nvme.Blocks;

namespace Vfio.Cli.Tests.Nvme;

public sealed class SignatureScanTests
{
    private const int Size = 16 << 20;

    // As the tools that make them leave them: offset from the start, or from the end where it is negative.
    [Theory]
    [InlineData("ext2, ext3 or ext4 file system", 1080, "53ef")]
    [InlineData("XFS file system", 0, "58465342")]
    [InlineData("Btrfs file system", 65600, "5f42485266535f4d")]
    [InlineData("NTFS file system", 3, "4e54465320202020")]
    [InlineData("exFAT file system", 3, "4558464154202020")]
    [InlineData("FAT file system", 54, "4641543136202020")]
    [InlineData("FAT file system", 82, "4641543332202020")]
    [InlineData("swap area", 4086, "53574150535041434532")]
    [InlineData("swap area", 65526, "53574150535041434532")]
    [InlineData("hibernated machine", 4086, "533153555350454e4400")]
    [InlineData("LUKS volume", 0, "4c554b53babe0002")]
    [InlineData("LUKS volume (second header)", 4194304, "534b554cbabe0002")]
    [InlineData("LVM physical volume", 512, "4c4142454c4f4e45")]
    [InlineData("RAID member (md 1.2)", 4096, "fc4e2ba901000000")]
    [InlineData("RAID member (md 1.1)", 0, "fc4e2ba901000000")]
    [InlineData("RAID member (md 1.0)", -8192, "fc4e2ba901000000")]
    [InlineData("RAID member (md 0.90)", -65536, "fc4e2ba900000000")]
    [InlineData("RAID member (md 0.90)", -65536, "a92b4efc00000000")]
    [InlineData("RAID member (Intel)", -1024, "496e74656c20526169642049534d20436667205369672e20")]
    [InlineData("ZFS member", 131072, "0cb1ba0000000000")]
    [InlineData("ZFS member", -131072, "0000000000bab10c")]
    [InlineData("ISO 9660 file system", 32769, "4344303031")]
    [InlineData("bcachefs file system", 4120, "c68573f666ce90a9d96a60cf803df7ef")]
    [InlineData("F2FS file system", 1024, "1020f5f2")]
    [InlineData("SquashFS file system", 0, "68737173")]
    [InlineData("GPT partition table", 512, "4546492050415254")]
    [InlineData("GPT partition table", 4096, "4546492050415254")]
    [InlineData("GPT partition table (copy)", -512, "4546492050415254")]
    [InlineData("GPT partition table (copy)", -4096, "4546492050415254")]
    [InlineData("Apple partition map", 512, "504d0000")]
    [InlineData("BSD disk label", 64, "57455682")]
    [InlineData("BSD disk label", 512, "57455682")]
    [InlineData("Sun disk label", 508, "dabe")]
    [InlineData("SGI disk label", 0, "0be5a941")]
    [InlineData("HFS file system", 1024, "4244")]
    [InlineData("HFS+ file system", 1024, "482b0004")]
    [InlineData("HFS+ file system", 1024, "48580005")]
    [InlineData("UFS file system", 9564, "54190100")]
    [InlineData("UFS file system", 9564, "00011954")]
    [InlineData("UFS2 file system", 66908, "19015419")]
    [InlineData("UFS2 file system", 66908, "19540119")]
    [InlineData("GFS or GFS2 file system", 65536, "01161970")]
    [InlineData("OCFS2 file system", 8192, "4f4346535632")]
    [InlineData("VMFS volume", 1048576, "0dd001c0")]
    [InlineData("VMFS file system", 2097152, "5ef1ab2f")]
    [InlineData("minix file system", 1040, "7f13")]
    [InlineData("minix file system", 1040, "8f13")]
    [InlineData("minix file system", 1040, "6824")]
    [InlineData("minix file system", 1040, "7824")]
    [InlineData("minix file system", 1048, "5a4d")]
    [InlineData("cramfs file system", 0, "453dcd28")]
    [InlineData("cramfs file system", 512, "28cd3d45")]
    [InlineData("UBIFS file system", 0, "31181006")]
    [InlineData("DRBD volume", -4036, "8374026b")]
    [InlineData("DRBD volume", -4036, "8374026d")]
    [InlineData("Stratis member", 516, "21537472613074697386ff025e417268")]
    [InlineData("Stratis member", 4612, "21537472613074697386ff025e417268")]
    [InlineData("VDO volume", 0, "646d76646f303031")]
    [InlineData("dm-verity hashes", 0, "7665726974790000")]
    [InlineData("dm-integrity volume", 0, "696e746567727400")]
    [InlineData("Oracle ASM disk", 32, "4f52434c4449534b")]
    [InlineData("UBI volume", 0, "55424923")]
    public void What_somebody_keeps_is_found_by_its_magic_number(string what, int offset, string magic)
    {
        byte[] image = new byte[Size];
        Convert.FromHexString(magic).CopyTo(image, offset < 0 ? image.Length + offset : offset);
        Assert.Contains(what, Find(image).Select(static found => found.What));
    }

    [Theory]
    [InlineData(0x83, 0, "MBR partition table")]
    [InlineData(0xee, 0, "protective MBR of a GPT partition table")]
    [InlineData(0x00, 0, "MBR partition table (empty), or a boot sector")]
    [InlineData(0x83, 0x41, "boot sector")]
    public void A_boot_sector_is_told_by_its_table(byte type, byte status, string what)
    {
        byte[] image = new byte[Size];
        (image[510], image[511]) = (0x55, 0xaa);
        (image[446], image[450]) = (status, type);
        Signature found = Assert.Single(Find(image));
        Assert.Equal(new Signature(what, 510), found);
    }

    [Fact]
    public void A_boot_sector_with_a_file_system_s_name_is_that_file_system()
    {
        byte[] image = new byte[Size];
        (image[510], image[511]) = (0x55, 0xaa);
        "NTFS    "u8.CopyTo(image.AsSpan(3));
        Assert.Equal(["NTFS file system"], Find(image).Select(static found => found.What));
    }

    [Fact]
    public void All_that_is_found_is_told_by_its_place()
    {
        byte[] image = new byte[Size];
        "LABELONE"u8.CopyTo(image.AsSpan(512));
        "XFSB"u8.CopyTo(image);
        "EFI PART"u8.CopyTo(image.AsSpan(Size - 512));
        Assert.Equal([0UL, 512, Size - 512], Find(image).Select(static found => found.Offset));
    }

    [Theory]
    [InlineData(0x00)]
    [InlineData(0xff)]
    [InlineData(0xa5)]
    public void What_is_blank_is_blank(byte fill)
    {
        foreach (int size in (int[])[512, 4096, 8192, 65536, 640 << 10, 1 << 20, (1 << 20) + 512, Size])
        {
            byte[] image = new byte[size];
            image.AsSpan().Fill(fill);
            Assert.Empty(Find(image));
        }
    }

    [Fact]
    public void Random_bytes_are_read_without_trouble()
    {
        Random random = new(7);
        foreach (int size in (int[])[512, 1024, 4096, 12288, 200_704, 3 << 20])
        {
            byte[] image = new byte[size];
            random.NextBytes(image);
            _ = Find(image);
        }
    }

    [Fact]
    public void Places_beyond_the_edges_are_read_where_they_are()
    {
        const ulong Tebi = 1UL << 40;
        Dictionary<ulong, byte[]> kept = new() { [(256UL << 30) + 64] = "_BHRfS_M"u8.ToArray() };
        IReadOnlyList<Signature> found = SignatureScan.Find(Tebi, (offset, to) =>
        {
            Assert.True(offset + (ulong)to.Length <= Tebi);
            if (kept.TryGetValue(offset, out byte[]? bytes))
            {
                bytes.CopyTo(to);
            }
        });
        Assert.Equal([new Signature("Btrfs file system", (256UL << 30) + 64)], found);
    }

    private static IReadOnlyList<Signature> Find(byte[] image) => SignatureScan.Find((ulong)image.Length, (offset, to) => image.AsSpan((int)offset, to.Length).CopyTo(to));
}
