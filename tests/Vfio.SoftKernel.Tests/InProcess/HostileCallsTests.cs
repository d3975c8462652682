using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.InProcess;

/// <summary>Calls that are well formed and meant badly.</summary>
public sealed class HostileCallsTests
{
    private const MmapProtection ReadWrite = MmapProtection.Read | MmapProtection.Write;

    [Fact]
    public async Task An_eventfd_whose_counter_is_full_holds_nobody_up()
    {
        using var machine = new Machine("q35-intel");
        (int device, int iommufd) = Bound(machine);
        int full = machine.Calls.Eventfd(0, EventfdFlags.None);
        ulong most = ulong.MaxValue - 1;
        Assert.Equal(8, machine.Calls.Write(full, StructBytes.AsBytes(ref most)));
        Assert.Equal(0, Set(VfioUapi.VFIO_IRQ_SET_DATA_EVENTFD, full));

        Task<int> loop = Task.Run(() => Set(VfioUapi.VFIO_IRQ_SET_DATA_NONE, 0), TestContext.Current.CancellationToken);
        Task first = await Task.WhenAny(loop, Task.Delay(5000, TestContext.Current.CancellationToken));
        bool returned = first == loop;

        // Empties it, so that a call that did wait comes back.
        machine.Calls.Read(full, StructBytes.AsBytes(ref most));
        Assert.Equal(0, await loop);
        Assert.True(returned, "The signal waited for the eventfd's reader.");
        Assert.Equal(ulong.MaxValue, most);
        machine.Calls.Close(full);
        machine.Calls.Close(device);
        machine.Calls.Close(iommufd);

        int Set(uint data, int fd)
        {
            int[] set = [24, (int)(data | VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER), (int)VfioUapi.VFIO_PCI_REQ_IRQ_INDEX, 0, 1, fd];
            return machine.Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_SET_IRQS, StructBytes.AsBytes(set.AsSpan()));
        }
    }

    [Fact]
    public void A_range_that_runs_from_memory_into_a_devices_registers_cannot_be_pinned()
    {
        using var machine = new Machine("q35-intel");
        Assert.Equal("12", machine.Write("/sys/bus/pci/devices/0000:00:02.0/driver/unbind", "0000:00:02.0"));
        Assert.Equal("8", machine.Write("/sys/bus/pci/devices/0000:00:02.0/driver_override", "vfio-pci"));
        Assert.Equal("12", machine.Write("/sys/bus/pci/drivers/vfio-pci/bind", "0000:00:02.0"));
        (int device, int iommufd) = Bound(machine, "/dev/vfio/devices/vfio1");
        int memory = machine.Calls.MemfdCreate("memory", MemfdFlags.None);
        machine.Calls.Ftruncate(memory, 4096);
        nint bar = machine.Calls.Mmap(4096, ReadWrite, MmapFlags.Shared, device, 0);
        Assert.True(bar is >= 0 or < -4095, Machine.Errors(bar));

        // The host places one mapping below the other while nobody else maps: soon there are two that touch.
        nint below = 0;
        for (int i = 0; i < 64 && below + 4096 != bar; i++)
        {
            bar = machine.Calls.Mmap(4096, ReadWrite, MmapFlags.Shared, device, 0);
            below = machine.Calls.Mmap(4096, ReadWrite, MmapFlags.Shared, memory, 0);
        }

        Assert.SkipUnless(below + 4096 == bar, "The host put no memory before the registers.");
        Assert.Equal(Errno.EFAULT, machine.Calls.Task.Memory.Pin((ulong)below, 8192, false, out _, out _));
    }

    [Fact]
    public void A_list_of_allowed_addresses_that_repeats_itself_ends_early()
    {
        using var machine = new Machine("q35-intel");
        int iommufd = machine.Calls.Open("/dev/iommu", OpenFlags.ReadWrite);
        var alloc = new IommuIoasAlloc { Size = 12 };
        Assert.Equal(0, machine.Calls.Ioctl(iommufd, IommufdUapi.IOMMU_IOAS_ALLOC, StructBytes.AsBytes(ref alloc)));

        // A million ranges, all the same.
        const int Pages = 4096;
        int memory = machine.Calls.MemfdCreate("ranges", MemfdFlags.None);
        machine.Calls.Ftruncate(memory, Pages * 4096);
        byte[] content = new byte[Pages * 4096];
        for (int at = 0; at < content.Length; at += 16)
        {
            BitConverter.TryWriteBytes(content.AsSpan(at), 0x1000UL);
            BitConverter.TryWriteBytes(content.AsSpan(at + 8), 0x1fffUL);
        }

        Assert.Equal(content.Length, machine.Calls.Pwrite(memory, content, 0));
        nint address = machine.Calls.Mmap((nuint)content.Length, MmapProtection.Read, MmapFlags.Shared, memory, 0);
        var allow = new IommuIoasAllowIovas { Size = 24, IoasId = alloc.OutIoasId, NumIovas = uint.MaxValue, AllowedIovas = (ulong)address };
        long before = GC.GetAllocatedBytesForCurrentThread();

        // Behind the last range is nothing: one who reads on to there answers the same, but only after he has kept a million of them.
        Assert.Equal(-(int)Errno.EINVAL, machine.Calls.Ioctl(iommufd, IommufdUapi.IOMMU_IOAS_ALLOW_IOVAS, StructBytes.AsBytes(ref allow)));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 18);
        machine.Calls.Munmap(address, (nuint)content.Length);
        machine.Calls.Close(memory);
        machine.Calls.Close(iommufd);
    }

    [Theory]
    [InlineData(0x2000UL, ulong.MaxValue - 0xfff, 0UL, Errno.EOVERFLOW)]
    [InlineData(0UL, 0x1000UL, 0xffff_8000_0000_0000UL, Errno.EINVAL)]
    [InlineData(0UL, 0UL, 0UL, Errno.EINVAL)]
    [InlineData(0UL, 0x1000UL, 0UL, Errno.None)]
    public void A_dirty_bitmap_is_checked_as_linux_checks_it(ulong iova, ulong size, ulong data, Errno expected)
    {
        using var machine = new Machine("q35-intel");
        int container = machine.Calls.Open("/dev/vfio/vfio", OpenFlags.ReadWrite);
        int group = machine.Calls.Open("/dev/vfio/1", OpenFlags.ReadWrite);
        Assert.Equal(0, machine.Calls.Ioctl(group, VfioUapi.VFIO_GROUP_SET_CONTAINER, StructBytes.AsBytes(ref container)));
        Assert.Equal(0, machine.Calls.Ioctl(container, VfioUapi.VFIO_SET_IOMMU, VfioUapi.VFIO_TYPE1v2_IOMMU));
        uint[] start = [8, VfioUapi.VFIO_IOMMU_DIRTY_PAGES_FLAG_START];
        Assert.Equal(0, machine.Calls.Ioctl(container, VfioUapi.VFIO_IOMMU_DIRTY_PAGES, StructBytes.AsBytes(start.AsSpan())));

        ulong[] get = [48 | ((ulong)VfioUapi.VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP << 32), iova, size, 4096, 8, data];
        Assert.Equal(-(int)expected, machine.Calls.Ioctl(container, VfioUapi.VFIO_IOMMU_DIRTY_PAGES, StructBytes.AsBytes(get.AsSpan())));

        machine.Calls.Close(group);
        machine.Calls.Close(container);
    }

    private static (int Device, int Iommufd) Bound(Machine machine, string node = "/dev/vfio/devices/vfio0")
    {
        int device = machine.Calls.Open(node, OpenFlags.ReadWrite);
        int iommufd = machine.Calls.Open("/dev/iommu", OpenFlags.ReadWrite);
        var bind = new VfioDeviceBindIommufd { Argsz = 16, Iommufd = iommufd };
        Assert.Equal(0, machine.Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_BIND_IOMMUFD, StructBytes.AsBytes(ref bind)[..16]));
        return (device, iommufd);
    }
}
