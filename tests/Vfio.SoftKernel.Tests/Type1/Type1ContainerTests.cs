using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Tests.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Type1;

/// <summary>What a container does beyond its errnos, which the recorded cases hold.</summary>
public sealed class Type1ContainerTests
{
    [Fact]
    public void Dma_reaches_what_is_mapped_and_nothing_after_it_is_unmapped()
    {
        using var machine = new EduMachine();
        int container = machine.OpenContainer(out int group);
        int device = machine.GetDevice(group, machine.Edu.Address.ToString());
        int memory = machine.Calls.MemfdCreate("dma", MemfdFlags.None);
        Assert.Equal(0, machine.Calls.Ftruncate(memory, 0x2000));
        nint address = machine.Calls.Mmap(0x2000, MmapProtection.Read | MmapProtection.Write, MmapFlags.Shared, memory, 0);
        Assert.Equal(8, machine.Calls.Pwrite(memory, [1, 2, 3, 4, 5, 6, 7, 8], 0));
        Assert.Equal(0, machine.Map(container, address, 0x100000, 0x2000));
        machine.Write32(device, EduMachine.Config + 4, 6);

        machine.Transfer(device, 0x100000, 0x40000, 8, 1);
        machine.Transfer(device, 0x40000, 0x101000, 8, 3);
        byte[] bytes = new byte[8];
        Assert.Equal(8, machine.Calls.Pread(memory, bytes, 0x1000));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], bytes);

        ulong size = 0x2000;
        Assert.Equal(0, machine.Unmap(container, 0x100000, ref size));
        machine.Transfer(device, 0x40000, 0x101008, 8, 3);
        Assert.Equal(8, machine.Calls.Pread(memory, bytes, 0x1008));
        Assert.Equal(new byte[8], bytes);
    }

    [Fact]
    public void The_limit_of_mappings_is_held_and_each_unmap_gives_one_back()
    {
        using var machine = new EduMachine();
        machine.WriteFile("/sys/module/vfio_iommu_type1/parameters/dma_entry_limit", "3");
        int container = machine.OpenContainer(out _);
        nint address = machine.Memory(0x5000);
        for (ulong i = 0; i < 3; i++)
        {
            Assert.Equal(0, machine.Map(container, address, 0x100000 + (i * 0x1000), 0x1000));
        }

        Assert.Equal(-(int)Errno.ENOSPC, machine.Map(container, address, 0x200000, 0x1000));
        Assert.Equal(-(int)Errno.EEXIST, machine.Map(container, address, 0x100000, 0x1000));
        ulong size = 0x1000;
        Assert.Equal(0, machine.Unmap(container, 0x101000, ref size));
        Assert.Equal(0, machine.Map(container, address, 0x200000, 0x1000));
    }

    [Fact]
    public void A_mapping_beyond_the_memlock_limit_is_ENOMEM_and_charges_nothing()
    {
        using var machine = new EduMachine(credentials: new Credentials(0, true, false, false, 0x3000));
        int container = machine.OpenContainer(out _);
        nint address = machine.Memory(0x4000);
        Assert.Equal(-(int)Errno.ENOMEM, machine.Map(container, address, 0x100000, 0x4000));
        Assert.Equal(0, machine.Map(container, address, 0x100000, 0x3000));
        Assert.Equal(-(int)Errno.ENOMEM, machine.Map(container, address, 0x200000, 0x1000));
        ulong size = 0x3000;
        Assert.Equal(0, machine.Unmap(container, 0x100000, ref size));
        Assert.Equal(0, machine.Map(container, address, 0x200000, 0x1000));
    }

    [Fact]
    public void A_bad_address_is_EFAULT_and_leaves_no_mapping()
    {
        using var machine = new EduMachine(credentials: new Credentials(0, true, false, false, 0x3000));
        int container = machine.OpenContainer(out _);
        Assert.Equal(-(int)Errno.EFAULT, machine.Map(container, 0x1000, 0x100000, 0x3000));
        Assert.Equal(0, machine.Map(container, machine.Memory(0x3000), 0x100000, 0x3000));
    }

    [Fact]
    public void A_mapping_of_more_pages_than_a_bitmap_has_bits_is_not_tracked()
    {
        using var machine = new EduMachine("q35-amd");
        int container = machine.OpenContainer(out _);
        ulong whole = 9UL << 40;
        nint address = machine.Calls.Mmap((nuint)whole, MmapProtection.Read, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
        Assert.True(address > 0);
        var map = new VfioIommuType1DmaMap { Argsz = 32, Flags = VfioUapi.VFIO_DMA_MAP_FLAG_READ, Vaddr = (ulong)address, Iova = 1UL << 40, Size = whole };
        Assert.Equal(0, machine.Calls.Ioctl(container, VfioUapi.VFIO_IOMMU_MAP_DMA, StructBytes.AsBytes(ref map)));
        var start = new VfioIommuType1DirtyBitmap { Argsz = 8, Flags = VfioUapi.VFIO_IOMMU_DIRTY_PAGES_FLAG_START };
        Assert.Equal(-(int)Errno.EINVAL, machine.Calls.Ioctl(container, VfioUapi.VFIO_IOMMU_DIRTY_PAGES, StructBytes.AsBytes(ref start)));

        ulong size = whole;
        Assert.Equal(0, machine.Unmap(container, 1UL << 40, ref size));
        Assert.Equal(0, machine.Calls.Ioctl(container, VfioUapi.VFIO_IOMMU_DIRTY_PAGES, StructBytes.AsBytes(ref start)));
        Assert.Equal(-(int)Errno.EINVAL, machine.Calls.Ioctl(container, VfioUapi.VFIO_IOMMU_MAP_DMA, StructBytes.AsBytes(ref map)));
        map.Size = 0x1000;
        Assert.Equal(0, machine.Calls.Ioctl(container, VfioUapi.VFIO_IOMMU_MAP_DMA, StructBytes.AsBytes(ref map)));
        machine.Calls.Munmap(address, (nuint)whole);
    }

    [Fact]
    public void Leaving_the_container_takes_the_mappings_and_the_domain()
    {
        using var machine = new EduMachine();
        int container = machine.OpenContainer(out int group);
        Assert.Equal(0, machine.Map(container, machine.Memory(0x1000), 0x100000, 0x1000));
        Assert.NotNull(machine.Soft.Groups[machine.Edu.GroupId!.Value].Domain);
        Assert.Equal(0, machine.Calls.Ioctl(group, VfioUapi.VFIO_GROUP_UNSET_CONTAINER, (nuint)0));
        Assert.Null(machine.Soft.Groups[machine.Edu.GroupId!.Value].Domain);
        Assert.False(machine.Soft.Groups[machine.Edu.GroupId!.Value].IsDmaOwnerClaimed);
    }

    [Fact]
    public void Unsafe_interrupts_are_EPERM_unless_the_parameter_allows_them()
    {
        using var machine = new EduMachine("q35-virtio");
        machine.WriteFile("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "0");
        int group = machine.Open(machine.Group);
        int container = machine.Open("/dev/vfio/vfio");
        int fd = container;
        Assert.Equal(0, machine.Calls.Ioctl(group, VfioUapi.VFIO_GROUP_SET_CONTAINER, StructBytes.AsBytes(ref fd)));
        Assert.Equal(-(int)Errno.EPERM, machine.Calls.Ioctl(container, VfioUapi.VFIO_SET_IOMMU, (nuint)VfioUapi.VFIO_TYPE1v2_IOMMU));
        machine.WriteFile("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "1");
        Assert.Equal(0, machine.Calls.Ioctl(container, VfioUapi.VFIO_SET_IOMMU, (nuint)VfioUapi.VFIO_TYPE1v2_IOMMU));
    }

    [Fact]
    public void A_bars_mapping_is_peer_memory_that_locks_nothing_and_fails_while_the_bar_does_not_answer()
    {
        using var machine = new EduMachine(credentials: new Credentials(0, true, false, false, 0));
        string nvme = machine.Soft.Devices.Single(device => device.VendorId == 0x1b36 && device.DeviceId == 0x0010).Name;
        machine.WriteFile($"/sys/bus/pci/devices/{nvme}/driver_override", "vfio-pci");
        machine.WriteFile("/sys/bus/pci/drivers/nvme/unbind", nvme);
        Assert.Equal(12, machine.WriteFile("/sys/bus/pci/drivers_probe", nvme));
        int peer = machine.Open("/dev/vfio/devices/vfio1");
        Assert.Equal(0, machine.Bind(peer, machine.Open("/dev/iommu")));
        Assert.Equal(2, machine.Calls.Pwrite(peer, [6, 0], EduMachine.Config + 4));
        nint bar = machine.Calls.Mmap(0x2000, MmapProtection.Read | MmapProtection.Write, MmapFlags.Shared, peer, 0);

        int container = machine.OpenContainer(out int group);
        int edu = machine.GetDevice(group, machine.Edu.Address.ToString());
        machine.Write32(edu, EduMachine.Config + 4, 6);
        Assert.Equal(0, machine.Map(container, bar + 0x1000, 0x100000, 0x1000));
        Assert.Equal(4, machine.Calls.Pwrite(peer, [1, 2, 3, 4], 0x1010));
        machine.Transfer(edu, 0x100010, 0x40000, 4, 1);
        machine.Transfer(edu, 0x40000, 0x100020, 4, 3);
        Assert.Equal(0x04030201u, machine.Read32(peer, 0x1020));

        Assert.Equal(2, machine.Calls.Pwrite(peer, [0, 0], EduMachine.Config + 4));
        machine.Transfer(edu, 0x40000, 0x100030, 4, 3);
        Assert.Equal(-(int)Errno.EFAULT, machine.Map(container, bar, 0x200000, 0x1000));
        Assert.Equal(2, machine.Calls.Pwrite(peer, [6, 0], EduMachine.Config + 4));
        Assert.Equal(0u, machine.Read32(peer, 0x1030));

        // Memory before it and the BAR in one request are no one thing.
        Assert.Equal(-(int)Errno.EFAULT, machine.Map(container, bar + 0x1000, 0x300000, 0x2000_0000));
    }

    [Fact]
    public void A_bitmap_of_many_pages_is_written_in_few_copies()
    {
        using var machine = new EduMachine();
        int container = machine.OpenContainer(out _);
        const int Size = 64 << 20;
        nint memory = machine.Memory(Size);
        Assert.Equal(0, machine.Map(container, memory, 0x100000, Size));
        var dirty = new VfioIommuType1DirtyBitmap { Argsz = 8, Flags = VfioUapi.VFIO_IOMMU_DIRTY_PAGES_FLAG_START };
        Assert.Equal(0, machine.Calls.Ioctl(container, VfioUapi.VFIO_IOMMU_DIRTY_PAGES, StructBytes.AsBytes(ref dirty)));
        nint bitmap = machine.Memory(0x1000);
        byte[] call = new byte[48];
        StructBytes.TryWrite(call, new VfioIommuType1DirtyBitmap { Argsz = 48, Flags = VfioUapi.VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP });
        StructBytes.TryWrite(call.AsSpan(8), new VfioIommuType1DirtyBitmapGet
        {
            Iova = 0x100000,
            Size = Size,
            Bitmap = new VfioBitmap { Pgsize = 4096, Size = Size / 4096 / 8, Data = (ulong)bitmap },
        });
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(0, machine.Calls.Ioctl(container, VfioUapi.VFIO_IOMMU_DIRTY_PAGES, call.AsSpan()));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalMicroseconds / 1000:f1} us a bitmap of 16384 pages");
        byte[] written = new byte[Size / 4096 / 8];
        Assert.Equal(Errno.None, machine.Calls.Task.Memory.CopyIn((ulong)bitmap, written));
        Assert.DoesNotContain(written, static bits => bits != 0xff);
    }
}
