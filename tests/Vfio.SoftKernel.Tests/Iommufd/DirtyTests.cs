using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;
using static Vfio.Uapi.IommufdTestUapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>Dirty tracking, as measured on Linux 7.2.13's mock IOMMU; and by real DMA, on a VT-d unit that has it.</summary>
public sealed class DirtyTests
{
    private const ulong A = IommufdClient.Base;
    private const ulong Iova = 0x100_0000;
    private const ulong Bitmap = A + 0x80_0000;
    private const uint Tracking = IommufdUapi.IOMMU_HWPT_ALLOC_DIRTY_TRACKING;

    private readonly IommufdClient _client = new(testing: true);

    [Fact]
    public void A_table_not_made_for_it_cannot_track()
    {
        (uint ioas, uint automatic, _) = Mock();
        Assert.Equal(-(int)Errno.EOPNOTSUPP, Track(automatic, 1));
        Assert.Equal(-(int)Errno.EOPNOTSUPP, Get(automatic, Iova, 0x8000, 2048, 0));
        Assert.Equal(-(int)Errno.ENOENT, Track(ioas, 1));
        Assert.Equal(-(int)Errno.ENOENT, Track(99, 1));
        Assert.Equal(-(int)Errno.ENOENT, Get(99, Iova, 0x8000, 2048, 0));

        // The range is looked at before the table.
        Assert.Equal(-(int)Errno.EINVAL, Get(automatic, Iova + 1, 0x8000, 2048, 0));
    }

    [Theory]
    [InlineData(Iova, 0x8000, 2048, 2, Errno.EOPNOTSUPP)]
    [InlineData(Iova, 0, 2048, 0, Errno.EOVERFLOW)]
    [InlineData(0, 0, 2048, 0, Errno.None)]
    [InlineData(ulong.MaxValue - 10, 0x8000, 2048, 0, Errno.EOVERFLOW)]
    [InlineData(Iova + 1024, 0x8000, 1024, 0, Errno.EINVAL)]
    [InlineData(Iova, 0x8000 - 1024, 1024, 0, Errno.EINVAL)]
    [InlineData(Iova, 0x8000, 0, 0, Errno.EINVAL)]
    [InlineData(Iova, 0x8000, 3, 0, Errno.None)]
    [InlineData(Iova, 0x8000, 0x10000, 0, Errno.EINVAL)]
    [InlineData(Iova, 0x6000, 6144, 0, Errno.None)]
    [InlineData(Iova + 0x100000, 0x8000, 2048, 0, Errno.None)]
    [InlineData(Iova, 0x10000, 2048, 0, Errno.None)]
    [InlineData(0, 0x8000, 2048, 0, Errno.None)]
    public void Ranges_are_checked_as_the_kernel_checks_them(ulong iova, ulong length, ulong pageSize, uint flags, Errno expected)
    {
        (uint hwpt, _) = Tracked(0x8000);
        Assert.Equal(-(int)expected, Get(hwpt, iova, length, pageSize, flags));
    }

    [Fact]
    public void Flags_that_are_not_there_are_EOPNOTSUPP()
    {
        (uint hwpt, _) = Tracked(0x8000);
        Assert.Equal(-(int)Errno.EOPNOTSUPP, Track(hwpt, 2));
    }

    [Fact]
    public void Of_a_page_in_two_halves_the_first_is_reported_whichever_was_written()
    {
        (uint hwpt, _) = Tracked(0x8000);
        Assert.Equal(8ul, MakeDirty(hwpt, Iova, 0x8000, 2048, 0xff));
        Assert.Equal(0x55ul, Read(hwpt, Iova, 0x8000, 2048, 1));
        Assert.Equal(0x0ful, Read(hwpt, Iova, 0x8000, 4096, 1));
        Assert.Equal(0x0f0f_0f0ful, Read(hwpt, Iova, 0x8000, 512, 1));
        Assert.Equal(1ul, Read(hwpt, Iova, 0x8000, 0x4000, 1));

        // Reading cleans what was read, and nothing else.
        Assert.Equal(1ul, Read(hwpt, Iova, 0x1000, 2048, 0));
        Assert.Equal(0x54ul, Read(hwpt, Iova, 0x8000, 2048, 0));
        Assert.Equal(0ul, Read(hwpt, Iova, 0x8000, 2048, 0));

        Assert.Equal(1ul, MakeDirty(hwpt, Iova, 0x8000, 2048, 0b10));
        Assert.Equal(1ul, Read(hwpt, Iova, 0x8000, 2048, 0));
    }

    [Fact]
    public void Beginning_to_track_begins_with_clean_pages_and_ending_keeps_them()
    {
        (uint hwpt, _) = Tracked(0x8000);
        MakeDirty(hwpt, Iova, 0x8000, 2048, 1);
        Assert.Equal(0, Track(hwpt, 1));
        Assert.Equal(0ul, Read(hwpt, Iova, 0x8000, 2048, 1));
        MakeDirty(hwpt, Iova, 0x8000, 2048, 1);
        Assert.Equal(0, Track(hwpt, 0));
        Assert.Equal(1ul, Read(hwpt, Iova, 0x8000, 2048, 1));
        Assert.Equal(-(int)Errno.EINVAL, Dirty(hwpt, Iova, 0x8000, 2048, Bitmap, out _));
    }

    [Fact]
    public void Bits_are_set_in_the_callers_bitmap_and_none_is_cleared()
    {
        (uint hwpt, _) = Tracked(0x8000);
        MakeDirty(hwpt, Iova, 0x8000, 2048, 0x80);
        _client.Memory.CopyOut(Bitmap, [0xf0, 0xf0]);
        Assert.Equal(0, Get(hwpt, Iova, 0x8000, 2048, 0));
        Assert.Equal([0xf0, 0xf0], _client.Region.Backing.Bytes[0x80_0000..0x80_0002]);
    }

    [Fact]
    public void A_hole_ends_the_range_in_silence_and_a_bad_bitmap_loses_the_bits()
    {
        (uint hwpt, _) = Tracked(0x8000);
        MakeDirty(hwpt, Iova, 0x8000, 2048, 0xff);
        Assert.Equal(0x55ul, Read(hwpt, Iova, 0x10000, 2048, 0));
        MakeDirty(hwpt, Iova, 0x8000, 2048, 0xff);
        IommuHwptGetDirtyBitmap get = new() { Size = 48, HwptId = hwpt, Iova = Iova, Length = 0x8000, PageSize = 2048, Data = 8 };
        Assert.Equal(0, _client.Call(IommufdUapi.IOMMU_HWPT_GET_DIRTY_BITMAP, ref get));
        Assert.Equal(0ul, Read(hwpt, Iova, 0x8000, 2048, 1));
    }

    [Fact]
    public void A_range_over_two_mappings_is_one_range()
    {
        (uint hwpt, uint ioas) = Tracked(0x8000);
        Assert.Equal(0, _client.MapFixed(ioas, A + 0x10000, 0x8000, Iova + 0x8000));
        MakeDirty(hwpt, Iova, 0x10000, 2048, 0xffff_ffff);
        Assert.Equal(0x5555_5555ul, Read(hwpt, Iova, 0x10000, 2048, 1));
        Assert.Equal(3ul, Read(hwpt, Iova + 0x7000, 0x2000, 4096, 1));
        Assert.Equal(1ul, Read(hwpt, Iova, 0x10000, 0x10000, 1));
    }

    [Theory]
    [InlineData(Iova, 0x8000, 0, Bitmap, Errno.EINVAL)]
    [InlineData(Iova, 0, 2048, Bitmap, Errno.EINVAL)]
    [InlineData(Iova + 1, 0x8000, 2048, Bitmap, Errno.EINVAL)]
    [InlineData(Iova, 0x8001, 2048, Bitmap, Errno.EINVAL)]
    [InlineData(Iova, 0x8000, 2048, 0, Errno.EINVAL)]
    [InlineData(Iova, (1UL << 27) + 1, 1, Bitmap, Errno.EOVERFLOW)]
    [InlineData(Iova, 0x8000, 2048, 8, Errno.EFAULT)]
    [InlineData(Iova + 0x100000, 0x8000, 2048, Bitmap, Errno.None)]
    public void The_test_operation_checks_as_the_kernels(ulong iova, ulong length, ulong pageSize, ulong bitmap, Errno expected)
    {
        (uint hwpt, uint ioas) = Tracked(0x8000);
        Assert.Equal(-(int)expected, Dirty(hwpt, iova, length, pageSize, bitmap, out _));
        Assert.Equal(-(int)(expected is Errno.None or Errno.EFAULT ? Errno.ENOENT : expected), Dirty(ioas, iova, length, pageSize, bitmap, out _));
    }

    [Fact]
    public void A_bitmap_longer_than_a_window_is_written_whole()
    {
        (uint hwpt, _) = Tracked(0x70_0000);
        byte[] all = new byte[0x70_0000 / 2048 / 8];
        Array.Fill(all, (byte)0xff);
        _client.Memory.CopyOut(Bitmap, all);
        Assert.Equal(0, Dirty(hwpt, Iova, 0x70_0000, 2048, Bitmap, out ulong count));
        Assert.Equal(0x70_0000ul / 2048, count);
        Array.Fill(_client.Region.Backing.Bytes, (byte)0, 0x80_0000, 0x40_0000);
        Assert.Equal(0, Get(hwpt, Iova, 0x70_0000, 32, 0));
        for (int i = 0; i < 0x70_0000 / 32 / 8; i++)
        {
            Assert.Equal(i / 8 % 2 == 0 ? 0xff : 0, _client.Region.Backing.Bytes[0x80_0000 + i]);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Writes_of_devices_make_pages_dirty_and_reads_do_not(bool direct)
    {
        IommufdClient client = new();
        client.Memory.Add(0x9000_0000, 0x8000, direct: direct);
        SoftDevice device = Units.Device(new() { Name = "dmar0", Kind = Hardware.Iommus.IommuKind.IntelVtd, PageSizes = 0x40201000, ApertureLast = 0x7f_ffff_ffff, Cap = 0, Ecap = ScalableWithDirty });
        Units.Group(1, device);
        Assert.Equal(Errno.None, IommufdDevice.Bind(client.File, device, out IommufdDevice? bound));
        uint ioas = client.AllocIoas();
        Assert.Equal(0, client.MapFixed(ioas, 0x9000_0000, 0x8000, 0x10000));
        Assert.Equal(0, client.AllocHwpt(new IommuHwptAlloc { DevId = bound!.Id, PtId = ioas, Flags = Tracking }, out uint hwpt));
        uint table = hwpt;
        Assert.Equal(Errno.None, bound.Attach(ref table));
        Assert.True(device.Dma.TryWrite(0x10000, [1]));

        IommuHwptSetDirtyTracking track = new() { Size = 16, HwptId = hwpt, Flags = 1 };
        Assert.Equal(0, client.Call(IommufdUapi.IOMMU_HWPT_SET_DIRTY_TRACKING, ref track));
        Assert.True(device.Dma.TryRead(0x11000, new byte[4]));
        Assert.True(device.Dma.TryWrite(0x12fff, [1, 2]));
        Assert.True(device.Dma.TryWrite(0x16000, new byte[0x1000]));
        IommuHwptGetDirtyBitmap get = new() { Size = 48, HwptId = hwpt, Iova = 0x10000, Length = 0x8000, PageSize = 4096, Data = A };
        Assert.Equal(0, client.Call(IommufdUapi.IOMMU_HWPT_GET_DIRTY_BITMAP, ref get));
        Assert.Equal(0b0100_1100, client.Region.Backing.Bytes[0]);
        client.Region.Backing.Bytes[0] = 0;
        Assert.True(device.Dma.TryWrite(0x17fff, [1]));
        Assert.Equal(0, client.Call(IommufdUapi.IOMMU_HWPT_GET_DIRTY_BITMAP, ref get));
        Assert.Equal(0b1000_0000, client.Region.Backing.Bytes[0]);
    }

    // SMTS, SLADS, SLTS and what else VT-d's driver asks for.
    private const ulong ScalableWithDirty = (1UL << 43) | (1UL << 45) | (1UL << 46) | (1UL << 47) | (1UL << 48);

    private (uint Ioas, uint Hwpt, uint Device) Mock()
    {
        uint ioas = _client.AllocIoas();
        (_, uint hwpt, uint device) = _client.MockDomain(ioas);
        return (ioas, hwpt, device);
    }

    private (uint Hwpt, uint Ioas) Tracked(ulong length)
    {
        (uint ioas, _, uint device) = Mock();
        Assert.Equal(0, _client.MapFixed(ioas, A, length, Iova));
        Assert.Equal(0, _client.AllocHwpt(new IommuHwptAlloc { DevId = device, PtId = ioas, Flags = Tracking }, out uint hwpt));
        Assert.Equal(0, Track(hwpt, 1));
        return (hwpt, ioas);
    }

    private int Track(uint hwpt, uint flags)
    {
        IommuHwptSetDirtyTracking command = new() { Size = 16, HwptId = hwpt, Flags = flags };
        return _client.Call(IommufdUapi.IOMMU_HWPT_SET_DIRTY_TRACKING, ref command);
    }

    private int Get(uint hwpt, ulong iova, ulong length, ulong pageSize, uint flags)
    {
        IommuHwptGetDirtyBitmap command = new() { Size = 48, HwptId = hwpt, Flags = flags, Iova = iova, Length = length, PageSize = pageSize, Data = Bitmap };
        return _client.Call(IommufdUapi.IOMMU_HWPT_GET_DIRTY_BITMAP, ref command);
    }

    private ulong Read(uint hwpt, ulong iova, ulong length, ulong pageSize, uint flags)
    {
        _client.Memory.CopyOut(Bitmap, new byte[8]);
        Assert.Equal(0, Get(hwpt, iova, length, pageSize, flags));
        return BitConverter.ToUInt64(_client.Region.Backing.Bytes, 0x80_0000);
    }

    private ulong MakeDirty(uint hwpt, ulong iova, ulong length, ulong pageSize, ulong bits)
    {
        _client.Memory.CopyOut(Bitmap, BitConverter.GetBytes(bits));
        Assert.Equal(0, Dirty(hwpt, iova, length, pageSize, Bitmap, out ulong count));
        return count;
    }

    private int Dirty(uint hwpt, ulong iova, ulong length, ulong pageSize, ulong bitmap, out ulong count)
    {
        IommuTestCmd command = new() { Op = IOMMU_TEST_OP_DIRTY, Id = hwpt, DirtyIova = iova, DirtyLength = length, DirtyPageSize = pageSize, DirtyUptr = bitmap };
        int result = _client.Test(ref command);
        count = command.DirtyOutNrDirty;
        return result;
    }
}
