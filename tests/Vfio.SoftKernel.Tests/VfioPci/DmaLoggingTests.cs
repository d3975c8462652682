using Vfio.SoftKernel.Tests.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.VfioPci;

/// <summary>DMA logging on edu. No guest reaches it; each rule's source is named in the type that keeps it.</summary>
public sealed class DmaLoggingTests : IDisposable
{
    private const uint Start = VfioUapi.VFIO_DEVICE_FEATURE_SET | VfioUapi.VFIO_DEVICE_FEATURE_DMA_LOGGING_START;
    private const uint StopLogging = VfioUapi.VFIO_DEVICE_FEATURE_SET | VfioUapi.VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP;
    private const uint Report = VfioUapi.VFIO_DEVICE_FEATURE_GET | VfioUapi.VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT;

    private readonly EduMachine _machine = EduMachine.Migratable();
    private readonly int _container;
    private readonly int _device;
    private readonly nint _ranges;
    private readonly int _rangesFile;
    private readonly nint _bitmap;
    private readonly int _bitmapFile;

    public DmaLoggingTests()
    {
        _container = _machine.OpenContainer(out int group);
        _device = _machine.GetDevice(group, _machine.Edu.Address.ToString());
        Assert.Equal(2, _machine.Calls.Pwrite(_device, [6, 0], EduMachine.Config + 4));
        Assert.Equal(0, _machine.Map(_container, _machine.Memory(0x10000), 0x100000, 0x10000));
        (_ranges, _rangesFile) = Memory();
        (_bitmap, _bitmapFile) = Memory();
    }

    [Fact]
    public void Pages_the_device_wrote_are_told_once_and_those_it_only_read_never()
    {
        Assert.Equal(0, Begin(4096, (0x100000, 0x10000)));
        _machine.Transfer(_device, 0x40000, 0x101000, 8, 3);
        _machine.Transfer(_device, 0x103000, 0x40000, 8, 1);
        _machine.Transfer(_device, 0x40000, 0x104ffc, 8, 3);
        Assert.Equal((0, 0b110010ul), Ask(0x100000, 0x10000, 4096));
        Assert.Equal((0, 0ul), Ask(0x100000, 0x10000, 4096));
    }

    [Fact]
    public void Bits_count_from_the_address_asked_for_in_pages_of_the_size_asked_for()
    {
        Assert.Equal(0, Begin(4096, (0x100000, 0x10000)));
        _machine.Transfer(_device, 0x40000, 0x103000, 8, 3);
        _machine.Transfer(_device, 0x40000, 0x106000, 8, 3);
        Assert.Equal((0, 0b10ul), Ask(0x102000, 0x2000, 4096));
        Assert.Equal((0, 0b1000ul), Ask(0x100000, 0x10000, 8192));
    }

    [Fact]
    public void Only_the_ranges_given_are_watched()
    {
        Assert.Equal(0, Begin(4096, (0x100000, 0x1000), (0x104000, 0x1000)));
        _machine.Transfer(_device, 0x40000, 0x100ffc, 8, 3);
        _machine.Transfer(_device, 0x40000, 0x103000, 8, 3);
        _machine.Transfer(_device, 0x40000, 0x104000, 8, 3);
        Assert.Equal((0, 0b10001ul), Ask(0x100000, 0x10000, 4096));
    }

    [Fact]
    public void A_page_that_a_failed_write_never_reached_was_not_written()
    {
        Assert.Equal(0, Begin(4096, (0x100000, 0x20000)));
        _machine.Transfer(_device, 0x40000, 0x111000, 8, 3);
        Assert.Equal((0, 0ul), Ask(0x100000, 0x20000, 4096));

        // Half of it is mapped.
        _machine.Transfer(_device, 0x40000, 0x10fffc, 8, 3);
        Assert.Equal((0, 0x8000ul), Ask(0x100000, 0x20000, 4096));
    }

    [Fact]
    public void Bits_already_set_stay()
    {
        Assert.Equal(0, Begin(4096, (0x100000, 0x10000)));
        _machine.Transfer(_device, 0x40000, 0x101000, 8, 3);
        _machine.Calls.Pwrite(_bitmapFile, [0x81, 0x55], 0);
        Assert.Equal((0, 0x5583ul), Ask(0x100000, 0x10000, 4096, clear: false));
    }

    [Theory]
    [InlineData(4096ul, 0u, 0x100000ul, 0x1000ul, Errno.EINVAL)]
    [InlineData(4096ul, 257u, 0x100000ul, 0x1000ul, Errno.E2BIG)]
    [InlineData(4096ul, 1u, 0x100800ul, 0x1000ul, Errno.EINVAL)]
    [InlineData(4096ul, 1u, 0x100000ul, 0x800ul, Errno.EINVAL)]
    [InlineData(0ul, 1u, 0x100000ul, 0x1000ul, Errno.EINVAL)]
    [InlineData(4096ul, 1u, 0xfffffffffffff000ul, 0x1000ul, Errno.EOVERFLOW)]
    [InlineData(4096ul, 2u, 0x100000ul, 0x1000ul, Errno.EINVAL)]
    public void Bad_ranges_are_refused(ulong pageSize, uint count, ulong iova, ulong length, Errno expected)
    {
        var range = new VfioDeviceFeatureDmaLoggingRange { Iova = iova, Length = length };
        _machine.Calls.Pwrite(_rangesFile, StructBytes.AsBytes(ref range), 0);
        _machine.Calls.Pwrite(_rangesFile, StructBytes.AsBytes(ref range), 16);
        Assert.Equal(-(int)expected, Begin(pageSize, count, (ulong)_ranges, out _));
    }

    [Fact]
    public void Ranges_that_are_not_there_are_EFAULT() => Assert.Equal(-(int)Errno.EFAULT, Begin(4096, 1, 0x1000, out _));

    [Fact]
    public void A_second_start_is_EINVAL_and_stop_never_fails()
    {
        Assert.Equal(0, _machine.Feature(_device, StopLogging, default));
        Assert.Equal(0, Begin(4096, (0x100000, 0x10000)));
        Assert.Equal(-(int)Errno.EINVAL, Begin(4096, (0x100000, 0x10000)));
        Assert.Equal(0, _machine.Feature(_device, StopLogging, default));
        Assert.Equal(0, _machine.Feature(_device, StopLogging, default));
        Assert.Equal(-(int)Errno.EINVAL, Ask(0x100000, 0x10000, 4096).Result);
        Assert.Equal(0, Begin(4096, (0x100000, 0x10000)));
    }

    [Fact]
    public void The_page_size_the_device_tells_apart_is_written_back()
    {
        Assert.Equal(0, _machine.Calls.Pwrite(_rangesFile, new byte[16], 0) - 16);
        var range = new VfioDeviceFeatureDmaLoggingRange { Iova = 0x100000, Length = 0x10000 };
        _machine.Calls.Pwrite(_rangesFile, StructBytes.AsBytes(ref range), 0);
        Assert.Equal(0, Begin(512, 1, (ulong)_ranges, out ulong pageSize));
        Assert.Equal(4096ul, pageSize);
    }

    [Theory]
    [InlineData(0x100000ul, 0x1000ul, 2048ul, Errno.EINVAL)]
    [InlineData(0x100000ul, 0x1000ul, 0x3000ul, Errno.EINVAL)]
    [InlineData(0x100000ul, 0x1000ul, 0ul, Errno.EINVAL)]
    [InlineData(0xfffffffffffff000ul, 0x1000ul, 4096ul, Errno.EOVERFLOW)]
    public void A_bad_question_is_refused(ulong iova, ulong length, ulong pageSize, Errno expected)
    {
        Assert.Equal(0, Begin(4096, (0x100000, 0x10000)));
        Assert.Equal(-(int)expected, Ask(iova, length, pageSize).Result);
    }

    [Fact]
    public void A_bitmap_that_is_not_there_loses_the_bits_and_is_no_error()
    {
        Assert.Equal(0, Begin(4096, (0x100000, 0x10000)));
        _machine.Transfer(_device, 0x40000, 0x101000, 8, 3);
        var report = new VfioDeviceFeatureDmaLoggingReport { Iova = 0x100000, Length = 0x10000, PageSize = 4096, Bitmap = 0x1000 };
        Assert.Equal(0, _machine.Feature(_device, Report, StructBytes.AsBytes(ref report)));
        Assert.Equal((0, 0ul), Ask(0x100000, 0x10000, 4096));
    }

    [Fact]
    public void Too_little_data_and_the_wrong_way_are_EINVAL()
    {
        Assert.Equal(-(int)Errno.EINVAL, _machine.Feature(_device, Start, new byte[23]));
        Assert.Equal(-(int)Errno.EINVAL, _machine.Feature(_device, Report, new byte[31]));
        Assert.Equal(-(int)Errno.EINVAL, _machine.Feature(_device, VfioUapi.VFIO_DEVICE_FEATURE_GET | VfioUapi.VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP, default));
        Assert.Equal(0, _machine.Feature(_device, Start | VfioUapi.VFIO_DEVICE_FEATURE_PROBE, default));
    }

    [Fact]
    public void Closing_the_device_stops_it()
    {
        Assert.Equal(0, Begin(4096, (0x100000, 0x10000)));
        _machine.Calls.Close(_device);
        Assert.Null(_machine.Soft.Devices.Single(device => device.Name == _machine.Edu.Address.ToString()).Dma.Log);
    }

    public void Dispose() => _machine.Dispose();

    private (nint Address, int File) Memory(string name = "logging")
    {
        int file = _machine.Calls.MemfdCreate(name, MemfdFlags.None);
        Assert.Equal(0, _machine.Calls.Ftruncate(file, 8192));
        return (_machine.Calls.Mmap(8192, MmapProtection.Read | MmapProtection.Write, MmapFlags.Shared, file, 0), file);
    }

    private int Begin(ulong pageSize, params (ulong Iova, ulong Length)[] ranges)
    {
        for (int i = 0; i < ranges.Length; i++)
        {
            var range = new VfioDeviceFeatureDmaLoggingRange { Iova = ranges[i].Iova, Length = ranges[i].Length };
            _machine.Calls.Pwrite(_rangesFile, StructBytes.AsBytes(ref range), i * 16);
        }

        return Begin(pageSize, (uint)ranges.Length, (ulong)_ranges, out _);
    }

    private int Begin(ulong pageSize, uint count, ulong address, out ulong told)
    {
        var control = new VfioDeviceFeatureDmaLoggingControl { PageSize = pageSize, NumRanges = count, Ranges = address };
        int result = _machine.Feature(_device, Start, StructBytes.AsBytes(ref control));
        told = control.PageSize;
        return result;
    }

    private (int Result, ulong Bits) Ask(ulong iova, ulong length, ulong pageSize, bool clear = true)
    {
        byte[] bits = new byte[8];
        if (clear)
        {
            _machine.Calls.Pwrite(_bitmapFile, bits, 0);
        }

        var report = new VfioDeviceFeatureDmaLoggingReport { Iova = iova, Length = length, PageSize = pageSize, Bitmap = (ulong)_bitmap };
        int result = _machine.Feature(_device, Report, StructBytes.AsBytes(ref report));
        _machine.Calls.Pread(_bitmapFile, bits, 0);
        return (result, BitConverter.ToUInt64(bits));
    }
}
