using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Tests.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.VfioPci;

/// <summary>VFIO_DEVICE_FEATURE_DMA_BUF. The errnos are those that Linux 7.2.13 gave for the same calls on QEMU's edu.</summary>
public sealed class DmaBufTests : IDisposable
{
    private const uint Get = VfioUapi.VFIO_DEVICE_FEATURE_GET | VfioUapi.VFIO_DEVICE_FEATURE_DMA_BUF;
    private const ulong BarSize = 1 << 20;

    private readonly EduMachine _machine = new();
    private readonly int _device;

    public DmaBufTests()
    {
        _device = _machine.OpenBound();
        Command(6);
    }

    [Theory]
    [InlineData(0u, 0u, 0u, 0ul, 4096ul, Errno.EINVAL)]
    [InlineData(0u, 1u, 1u, 0ul, 4096ul, Errno.EINVAL)]
    [InlineData(6u, 0u, 1u, 0ul, 4096ul, Errno.ENODEV)]
    [InlineData(99u, 0u, 1u, 0ul, 4096ul, Errno.ENODEV)]
    [InlineData(3u, 0u, 1u, 0ul, 4096ul, Errno.ENODEV)]
    [InlineData(0u, 0u, 1u, 0ul, 0ul, Errno.EINVAL)]
    [InlineData(0u, 0u, 1u, 1ul, 4096ul, Errno.EINVAL)]
    [InlineData(0u, 0u, 1u, 0ul, 4097ul, Errno.EINVAL)]
    [InlineData(0u, 0u, 1u, 0ul, BarSize + 4096, Errno.EINVAL)]
    [InlineData(0u, 0u, 1u, BarSize, 4096ul, Errno.EINVAL)]
    [InlineData(0u, 0u, 1u, ~4095ul, 4096ul, Errno.EOVERFLOW)]
    [InlineData(0u, 0u, 1u, 0ul, ~4095ul, Errno.EINVAL)]
    [InlineData(0u, 0u, 1u, ~4095ul, 8192ul, Errno.EOVERFLOW)]
    [InlineData(0u, 0u, 0x10000000u, 0ul, 4096ul, Errno.ENOMEM)]
    [InlineData(0u, 0u, 1000u, 0ul, 4096ul, Errno.EFAULT)]
    public void A_bad_export_is_refused_as_linux_refuses_it(uint region, uint flags, uint count, ulong offset, ulong length, Errno expected)
        => Assert.Equal(-(int)expected, Export(region, flags, count, offset, length));

    [Fact]
    public void Too_little_data_is_EINVAL_and_a_probe_looks_at_none()
    {
        Assert.Equal(-(int)Errno.EINVAL, _machine.Feature(_device, Get, default));
        Assert.Equal(0, _machine.Feature(_device, Get | VfioUapi.VFIO_DEVICE_FEATURE_PROBE, default));
        Assert.Equal(0, _machine.Feature(_device, VfioUapi.VFIO_DEVICE_FEATURE_DMA_BUF | VfioUapi.VFIO_DEVICE_FEATURE_PROBE, default));
        Assert.Equal(-(int)Errno.EINVAL,
            _machine.Feature(_device, VfioUapi.VFIO_DEVICE_FEATURE_DMA_BUF | VfioUapi.VFIO_DEVICE_FEATURE_SET | VfioUapi.VFIO_DEVICE_FEATURE_PROBE, default));
    }

    [Fact]
    public void The_file_has_the_ranges_size_and_cannot_be_read_written_or_mapped()
    {
        int fd = Export(0, 0, 1, 0, 8192);
        Assert.True(fd >= 0);
        Assert.Equal(0, _machine.Calls.Fstat(fd, out FileStatus status));
        Assert.Equal((0x180, 8192ul), (status.Mode, status.Size));
        Assert.Equal(-(int)Errno.EINVAL, _machine.Calls.Read(fd, new byte[4]));
        Assert.Equal(-(int)Errno.EINVAL, _machine.Calls.Write(fd, new byte[4]));
        Assert.Equal(-(int)Errno.EINVAL, _machine.Calls.Mmap(4096, MmapProtection.Read, MmapFlags.Shared, fd, 0));
        Assert.Equal(-(int)Errno.ENOTTY, _machine.Calls.Ioctl(fd, VfioUapi.VFIO_GET_API_VERSION, 0));
    }

    [Fact]
    public void What_is_imported_reaches_the_registers_of_the_bar()
    {
        Importer importer = Import(Export(0, 0, 1, 0, 4096), out Errno error);
        Assert.Equal(Errno.None, error);
        byte[] bytes = new byte[4];
        Assert.True(importer.Backing!.TryRead(importer.Offset, bytes));
        Assert.Equal(0x010000edu, BitConverter.ToUInt32(bytes));
        Assert.True(importer.Backing.TryWrite(importer.Offset + 4, [1, 0, 0, 0]));
        Assert.Equal(~1u, _machine.Read32(_device, 4));
    }

    [Fact]
    public void Several_ranges_cannot_be_imported()
    {
        Span<byte> data = stackalloc byte[48];
        data.Clear();
        data[12] = 2;
        BitConverter.TryWriteBytes(data[24..], 4096ul);
        BitConverter.TryWriteBytes(data[32..], 8192ul);
        BitConverter.TryWriteBytes(data[40..], 4096ul);
        Import(_machine.Feature(_device, Get, data), out Errno error);
        Assert.Equal(Errno.EOPNOTSUPP, error);
    }

    [Fact]
    public void Turning_memory_off_takes_it_back_and_on_gives_it_to_the_next_importer()
    {
        int fd = Export(0, 0, 1, 0, 4096);
        Importer importer = Import(fd, out _);
        Command(0);
        Assert.Equal(1, importer.Invalidated);
        Assert.False(importer.Backing!.TryRead(importer.Offset, new byte[4]));
        Import(fd, out Errno off);
        Assert.Equal(Errno.ENODEV, off);
        Command(6);
        Import(fd, out Errno on);
        Assert.Equal(Errno.None, on);
    }

    [Fact]
    public void A_file_made_while_memory_is_off_is_no_ones_until_it_is_on()
    {
        Command(0);
        int fd = Export(0, 0, 1, 0, 4096);
        Import(fd, out Errno off);
        Assert.Equal(Errno.ENODEV, off);
        Command(2);
        Import(fd, out Errno on);
        Assert.Equal(Errno.None, on);
    }

    [Fact]
    public void Low_power_takes_it_back_until_it_is_left()
    {
        const uint Set = VfioUapi.VFIO_DEVICE_FEATURE_SET;
        int fd = Export(0, 0, 1, 0, 4096);
        Assert.Equal(0, _machine.Feature(_device, Set | VfioUapi.VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY, default));
        Import(fd, out Errno low);
        Assert.Equal(Errno.ENODEV, low);
        Assert.Equal(-(int)Errno.EINVAL, _machine.Feature(_device, Set | VfioUapi.VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY, default));
        Assert.Equal(0, _machine.Feature(_device, Set | VfioUapi.VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, default));
        Import(fd, out Errno back);
        Assert.Equal(Errno.None, back);
    }

    [Fact]
    public void A_closed_device_takes_it_back_for_good_and_is_not_held_by_the_file()
    {
        int fd = Export(0, 0, 1, 0, 4096);
        Importer importer = Import(fd, out _);
        _machine.Calls.Close(_device);
        Assert.Equal(1, importer.Invalidated);
        int again = _machine.OpenBound();
        Import(fd, out Errno error);
        Assert.Equal(Errno.ENODEV, error);
        _machine.Calls.Close(again);
        Assert.Equal(12, _machine.WriteFile("/sys/bus/pci/drivers/vfio-pci/unbind", _machine.Edu.Address.ToString()));
        Assert.Equal(0, _machine.Calls.Close(fd));
    }

    [Fact]
    public void An_importer_that_left_is_told_nothing_more()
    {
        int fd = Export(0, 0, 1, 0, 4096);
        Importer importer = Import(fd, out _);
        var file = (DmaBufFile)_machine.Calls.Task.Files.Get(fd)!;
        file.Forget(importer);
        file.Put();
        Command(0);
        Assert.Equal(0, importer.Invalidated);
    }

    public void Dispose() => _machine.Dispose();

    private void Command(byte value) => Assert.Equal(2, _machine.Calls.Pwrite(_device, [value, 0], EduMachine.Config + 4));

    private int Export(uint region, uint flags, uint count, ulong offset, ulong length)
    {
        Span<byte> data = stackalloc byte[32];
        var get = new VfioDeviceFeatureDmaBuf { RegionIndex = region, OpenFlags = 0x80002, Flags = flags, NrRanges = count };
        var range = new VfioRegionDmaRange { Offset = offset, Length = length };
        Assert.True(StructBytes.TryWrite(data, get) && StructBytes.TryWrite(data[16..], range));
        return _machine.Feature(_device, Get, data);
    }

    private Importer Import(int fd, out Errno error)
    {
        Assert.True(fd >= 0, $"{(Errno)(-fd)}");
        var file = (DmaBufFile)_machine.Calls.Task.Files.Get(fd)!;
        var importer = new Importer();
        error = file.Import(importer, out DmaBacking? backing, out ulong offset);
        (importer.Backing, importer.Offset) = (backing, offset);
        file.Put();
        return importer;
    }

    private sealed class Importer : IDmaBufImporter
    {
        public DmaBacking? Backing { get; set; }

        public ulong Offset { get; set; }

        public int Invalidated { get; private set; }

        public void Invalidate() => Invalidated++;
    }
}
