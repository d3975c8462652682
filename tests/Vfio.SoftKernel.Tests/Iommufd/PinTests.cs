using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>When memory is pinned, how often, and who pays. Linux: drivers/iommu/iommufd/pages.c.</summary>
public sealed class PinTests
{
    private const ulong A = IommufdClient.Base;

    [Fact]
    public void Nothing_is_pinned_before_there_is_a_page_table_and_everything_after()
    {
        IommufdClient client = new();
        SoftDevice device = Device(client, out IommufdDevice bound);
        uint ioas = client.AllocIoas();
        Assert.Equal(0, client.MapFixed(ioas, A, 0x1000, 0x1000));
        Assert.Equal(0, client.MapFixed(ioas, A + 0x1000, 0x1000, 0x2000));
        Assert.Equal(0, client.Memory.PinCalls);
        uint table = ioas;
        Assert.Equal(Errno.None, bound.Attach(ref table));
        Assert.Equal(2, client.Memory.PinCalls);

        client.Memory.Remove(client.Region);
        Assert.False(client.Region.Backing.IsFreed);
        Assert.True(device.Dma.TryWrite(0x1000, [5]));
        Assert.Equal(5, client.Region.Backing.Bytes[0]);
        bound.Detach();
        Assert.True(client.Region.Backing.IsFreed);
    }

    [Fact]
    public void A_copy_is_the_same_pages_even_when_the_process_has_put_others_there()
    {
        IommufdClient client = new();
        SoftDevice device = Device(client, out IommufdDevice bound);
        uint first = client.AllocIoas();
        uint table = first;
        Assert.Equal(Errno.None, bound.Attach(ref table));
        Assert.Equal(0, client.MapFixed(first, A, 0x4000, 0x10000));

        client.Memory.Remove(client.Region);
        client.Memory.Add(A, 0x4000);
        uint second = client.AllocIoas();
        ulong place = 0x40000;
        Assert.Equal(0, client.Copy(second, first, 7, 0x2000, ref place, 0x11000));
        uint other = second;
        Assert.Equal(Errno.None, bound.Replace(ref other));
        Assert.Equal(1, client.Memory.PinCalls);

        Assert.True(device.Dma.TryWrite(0x40000, [9]));
        Assert.Equal(9, client.Region.Backing.Bytes[0x1000]);
    }

    [Fact]
    public void A_copy_made_while_the_source_is_pinned_pins_nothing_itself()
    {
        IommufdClient client = new();
        SoftDevice device = Device(client, out IommufdDevice bound);
        uint ioas = client.AllocIoas();
        uint table = ioas;
        Assert.Equal(Errno.None, bound.Attach(ref table));
        Assert.Equal(0, client.MapFixed(ioas, A, 0x4000, 0x10000));
        client.Memory.Remove(client.Region);

        ulong place = 0x40000;
        Assert.Equal(0, client.Copy(ioas, ioas, 7, 0x2000, ref place, 0x11000));
        Assert.Equal(1, client.Memory.PinCalls);
        ulong length = 0x4000;
        Assert.Equal(0, client.Unmap(ioas, 0x10000, ref length));
        Assert.True(device.Dma.TryWrite(0x40000, [9]));
        Assert.Equal(9, client.Region.Backing.Bytes[0x1000]);
        Assert.Equal(0, client.UnmapAll(ioas));
        Assert.True(client.Region.Backing.IsFreed);
    }

    [Fact]
    public void Locked_memory_is_charged_when_pinned_and_once_however_often_it_is_copied()
    {
        MemlockAccounts accounts = new();
        IommufdClient client = new(new Credentials(1000, false, false, false, 0x4fff), accounts: accounts);
        Device(client, out IommufdDevice bound);
        MemlockAccount user = accounts.OfUser(1000);
        uint ioas = client.AllocIoas();
        Assert.Equal(0, client.MapFixed(ioas, A, 0x3000, 0x10000));
        Assert.Equal(0UL, user.Bytes);
        uint table = ioas;
        Assert.Equal(Errno.None, bound.Attach(ref table));
        Assert.Equal(0x3000UL, user.Bytes);

        ulong place = 0x20000;
        Assert.Equal(0, client.Copy(ioas, ioas, 7, 0x2000, ref place, 0x11000));
        Assert.Equal(0x3000UL, user.Bytes);
        ulong length = 0x3000;
        Assert.Equal(0, client.Unmap(ioas, 0x10000, ref length));
        Assert.Equal(0x2000UL, user.Bytes);

        Assert.Equal(0, client.MapFixed(ioas, A, 0x2000, 0x10000));
        Assert.Equal(-(int)Errno.ENOMEM, client.MapFixed(ioas, A, 0x1000, 0x50000));
        Assert.Equal(0x4000UL, user.Bytes);
        bound.Detach();
        Assert.Equal(0UL, user.Bytes);
    }

    [Fact]
    public void Attaching_over_the_limit_undoes_everything()
    {
        MemlockAccounts accounts = new();
        IommufdClient client = new(new Credentials(1000, false, false, false, 0x2000), accounts: accounts);
        SoftDevice device = Device(client, out IommufdDevice bound);
        uint ioas = client.AllocIoas();
        Assert.Equal(0, client.MapFixed(ioas, A, 0x2000, 0x10000));
        Assert.Equal(0, client.MapFixed(ioas, A, 0x1000, 0x20000));
        uint table = ioas;
        Assert.Equal(Errno.ENOMEM, bound.Attach(ref table));
        Assert.Equal(0UL, accounts.OfUser(1000).Bytes);
        Assert.Null(device.Dma.Domain);
        client.Ranges(ioas, 8, 0, out uint count, out ulong alignment, out _);
        Assert.Equal((1u, 1UL), (count, alignment));
        ulong length = 0x1000;
        Assert.Equal(0, client.Unmap(ioas, 0x20000, ref length));
        Assert.Equal(Errno.None, bound.Attach(ref table));
    }

    [Fact]
    public void In_process_mode_the_process_pays()
    {
        MemlockAccounts accounts = new();
        IommufdClient client = new(new Credentials(1000, false, false, SysResource: true, 0x10000), accounts: accounts);
        ulong process = 1;
        Assert.Equal(0, client.Option(0, 0, 0, 0, ref process));
        Device(client, out IommufdDevice bound);
        uint ioas = client.AllocIoas();
        uint table = ioas;
        Assert.Equal(Errno.None, bound.Attach(ref table));
        Assert.Equal(0, client.MapFixed(ioas, A, 0x2000, 0x10000));

        Assert.Equal(0UL, accounts.OfUser(1000).Bytes);
        Assert.Equal(0x2000UL, accounts.OfProcess(client.Memory).Bytes);
    }

    [Fact]
    public void Only_sys_resource_chooses_who_pays()
    {
        IommufdClient client = new(new Credentials(1000, false, false, SysResource: false, 0));
        ulong process = 1;
        Assert.Equal(-(int)Errno.EPERM, client.Option(0, 0, 0, 0, ref process));
    }

    [Fact]
    public void A_file_is_held_by_its_mappings_and_their_copies()
    {
        IommufdClient client = new();
        ArrayFile file = new(new ArrayBacking(0x4000));
        client.Files.Files[5] = file;
        uint ioas = client.AllocIoas();
        ulong iova = 0x1000;
        Assert.Equal(0, client.MapFile(ioas, 7, 5, 0, 0x2000, ref iova));
        ulong copy = 0x10000;
        Assert.Equal(0, client.Copy(ioas, ioas, 7, 0x1000, ref copy, 0x1000));
        ulong same = 0x1000;
        Assert.Equal(-(int)Errno.EEXIST, client.MapFile(ioas, 7, 5, 0, 0x2000, ref same));
        Assert.Equal(1, file.References);
        ulong length = 0x2000;
        Assert.Equal(0, client.Unmap(ioas, 0x1000, ref length));
        Assert.Equal(1, file.References);
        Assert.Equal(0, client.UnmapAll(ioas));
        Assert.Equal(0, file.References);
    }

    [Fact]
    public void A_copy_may_not_ask_for_more_than_its_source_was_mapped_with()
    {
        IommufdClient client = new();
        uint ioas = client.AllocIoas();
        ulong iova = 0x1000;
        Assert.Equal(0, client.Map(ioas, 1 | 4, A, 0x1000, ref iova));
        ulong place = 0x8000;
        Assert.Equal(-(int)Errno.EPERM, client.Copy(ioas, ioas, 1 | 2, 0x1000, ref place, 0x1000));
        Assert.Equal(0, client.Copy(ioas, ioas, 1 | 4, 0x1000, ref place, 0x1000));
    }

    [Fact]
    public void An_unmap_that_bisects_says_so_after_the_whole_areas_before_are_gone()
    {
        IommufdClient client = new();
        uint ioas = client.AllocIoas();
        Assert.Equal(0, client.MapFixed(ioas, A, 0x1000, 0x1000));
        Assert.Equal(0, client.MapFixed(ioas, A, 0x2000, 0x2000));
        ulong length = 0x2000;
        Assert.Equal(-(int)Errno.ENOENT, client.Unmap(ioas, 0x1000, ref length));
        Assert.Equal(0x2000UL, length);
        Assert.Equal(0, client.MapFixed(ioas, A, 0x1000, 0x1000));
        Assert.Equal(-(int)Errno.EEXIST, client.MapFixed(ioas, A, 0x1000, 0x2000));
    }

    [Fact]
    public void Type1_version_one_cuts_a_hole_into_a_mapping_that_devices_use()
    {
        IommufdClient client = new();
        SoftDevice device = Device(client, out IommufdDevice bound);
        Assert.Equal(Errno.None, client.File.CreateCompatIoas());
        Assert.Equal(Errno.None, client.File.GetCompatIoasId(out uint ioas));
        Assert.Equal(0, client.Call(VfioUapi.VFIO_SET_IOMMU, VfioUapi.VFIO_TYPE1_IOMMU));
        uint table = ioas;
        Assert.Equal(Errno.None, bound.Attach(ref table));
        VfioIommuType1DmaMap map = new() { Argsz = 32, Flags = 3, Vaddr = A, Iova = 0x200000, Size = 0x200000 };
        Assert.Equal(0, client.Call(VfioUapi.VFIO_IOMMU_MAP_DMA, ref map));
        VfioIommuType1DmaUnmap hole = new() { Argsz = 24, Iova = 0x201000, Size = 0x1000 };
        Assert.Equal(0, client.Call(VfioUapi.VFIO_IOMMU_UNMAP_DMA, ref hole));

        Assert.Equal(0x1000UL, hole.Size);
        Assert.True(device.Dma.TryWrite(0x200fff, [1]));
        Assert.False(device.Dma.TryWrite(0x201000, [1]));
        Assert.True(device.Dma.TryWrite(0x202000, [2]));
        Assert.Equal(2, client.Region.Backing.Bytes[0x2000]);
        client.Memory.Remove(client.Region);
        bound.Detach();
        Assert.True(client.Region.Backing.IsFreed);
    }

    [Fact]
    public void Mapping_allocates_no_more_than_the_area_and_its_pages()
    {
        IommufdClient client = new();
        Device(client, out IommufdDevice bound);
        uint ioas = client.AllocIoas();
        uint table = ioas;
        Assert.Equal(Errno.None, bound.Attach(ref table));
        Cycle(100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Cycle(1000);
        Assert.InRange((GC.GetAllocatedBytesForCurrentThread() - before) / 1000.0, 0, 160);

        void Cycle(int times)
        {
            for (int i = 0; i < times; i++)
            {
                client.MapFixed(ioas, A, 0x1000, 0x1000);
                client.UnmapAll(ioas);
            }
        }
    }

    private static SoftDevice Device(IommufdClient client, out IommufdDevice bound)
    {
        SoftDevice device = Units.Device(Units.Amd());
        Units.Group(1, device);
        Assert.Equal(Errno.None, IommufdDevice.Bind(client.File, device, out IommufdDevice? made));
        bound = made!;
        return device;
    }
}
