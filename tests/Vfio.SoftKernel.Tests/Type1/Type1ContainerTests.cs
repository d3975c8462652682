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
}
