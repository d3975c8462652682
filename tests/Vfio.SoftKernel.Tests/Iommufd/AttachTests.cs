using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>Devices, page tables and coherency. Linux: drivers/iommu/iommufd/device.c, hw_pagetable.c.</summary>
public sealed class AttachTests
{
    private const ulong A = IommufdClient.Base;

    private readonly IommufdClient _client = new();

    [Fact]
    public void Bind_refuses_what_it_must_and_in_the_kernels_order()
    {
        SoftDevice bare = Units.Device(null);
        Assert.Equal(Errno.EINVAL, IommufdDevice.Bind(_client.File, bare, out _));
        Assert.Equal(Errno.ENODEV, IommufdDevice.Bind(_client.File, Units.Device(Units.Intel()), out _));

        SoftDevice leaky = new(Units.Device(Units.Virtio()).Model, Units.Virtio()) { HasIsolatedMsi = false };
        Units.Group(1, leaky);
        Assert.Equal(Errno.EPERM, IommufdDevice.Bind(_client.File, leaky, out _));
        Assert.Equal(Errno.None, IommufdDevice.Bind(new IommufdClient(allowUnsafeInterrupts: true).File, leaky, out _));
    }

    [Fact]
    public void A_group_belongs_to_one_iommufd_until_its_last_device_is_unbound()
    {
        SoftDevice first = Units.Device(Units.Intel());
        SoftDevice second = Units.Device(first.Unit, 1);
        var group = Units.Group(1, first, second);
        IommufdClient other = new();
        IommufdDevice bound = Bind(first);

        Assert.True(_client.File.HasGroup(group));
        Assert.False(other.File.HasGroup(group));
        Assert.Equal(Errno.EPERM, IommufdDevice.Bind(other.File, second, out _));
        IommufdDevice peer = Bind(second);
        bound.Unbind();
        Assert.Equal(Errno.EPERM, IommufdDevice.Bind(other.File, first, out _));
        peer.Unbind();
        Assert.Equal(Errno.None, IommufdDevice.Bind(other.File, first, out _));
        Assert.False(_client.File.HasGroup(group));
    }

    [Fact]
    public void A_bound_device_cannot_be_destroyed_and_its_id_is_free_after_unbind()
    {
        SoftDevice device = Units.Device(Units.Intel());
        Units.Group(1, device);
        IommufdDevice bound = Bind(device);
        Assert.Equal(1u, bound.Id);
        Assert.Equal(-(int)Errno.EBUSY, _client.Destroy(1));
        bound.Unbind();
        Assert.Equal(-(int)Errno.ENOENT, _client.Destroy(1));
        Assert.Equal(1u, _client.AllocIoas());
    }

    [Fact]
    public void The_iommufd_lives_on_when_it_is_closed_before_its_device()
    {
        SoftDevice device = Units.Device(Units.Intel());
        var group = Units.Group(1, device);
        IommufdDevice bound = Bind(device);
        uint ioas = _client.AllocIoas();
        Assert.Equal(0, _client.MapFixed(ioas, A, 0x1000, 0x1000));
        uint table = ioas;
        Assert.Equal(Errno.None, bound.Attach(ref table));

        _client.File.Put();
        Assert.True(device.Dma.TryWrite(0x1000, [7]));
        bound.Detach();
        bound.Unbind();
        Assert.False(group.IsDmaOwnerClaimed);
        _client.Memory.Remove(_client.Region);
        Assert.True(_client.Region.Backing.IsFreed);
    }

    [Fact]
    public void Devices_of_a_group_share_one_page_table_and_move_together()
    {
        SoftDevice first = Units.Device(Units.Intel());
        SoftDevice second = Units.Device(first.Unit, 1);
        Units.Group(1, first, second);
        IommufdDevice one = Bind(first);
        IommufdDevice two = Bind(second);
        uint ioas = _client.AllocIoas();
        uint elsewhere = _client.AllocIoas();

        uint table = ioas;
        Assert.Equal(Errno.None, one.Attach(ref table));
        uint wrong = elsewhere;
        Assert.Equal(Errno.EINVAL, two.Attach(ref wrong));
        Assert.Equal(Errno.EINVAL, two.Replace(ref wrong));
        uint same = ioas;
        Assert.Equal(Errno.None, two.Attach(ref same));
        Assert.Equal(table, same);

        uint moved = elsewhere;
        Assert.Equal(Errno.None, one.Replace(ref moved));
        Assert.NotEqual(table, moved);
        Assert.Same(first.Dma.Domain, second.Dma.Domain);
        Assert.Equal(-(int)Errno.ENOENT, _client.Destroy(table));
        Assert.Equal(0, _client.Destroy(ioas));

        one.Detach();
        Assert.NotNull(second.Dma.Domain);
        Assert.Equal(-(int)Errno.EBUSY, _client.Destroy(moved));
        two.Detach();
        Assert.Null(second.Dma.Domain);
        Assert.Equal(-(int)Errno.ENOENT, _client.Destroy(moved));
    }

    [Fact]
    public void A_failed_replace_leaves_the_device_where_it_was()
    {
        SoftDevice device = Units.Device(Units.Intel());
        Units.Group(1, device);
        IommufdDevice bound = Bind(device);
        uint ioas = _client.AllocIoas();
        uint table = ioas;
        Assert.Equal(Errno.None, bound.Attach(ref table));
        DeviceDomain? before = device.Dma.Domain;

        uint bad = _client.AllocIoas();
        Assert.Equal(0, _client.MapFixed(bad, A, 0x1000, 0xfee00000));
        uint target = bad;
        Assert.Equal(Errno.EADDRINUSE, bound.Replace(ref target));
        Assert.Same(before, device.Dma.Domain);
        Assert.Equal(0, _client.Destroy(bad));
        _client.Ranges(ioas, 8, 0, out uint count, out _, out _);
        Assert.Equal(2u, count);
    }

    [Fact]
    public void Devices_that_differ_in_coherency_get_automatic_page_tables_of_their_own()
    {
        SoftDevice coherent = Units.Device(Units.Intel());
        SoftDevice other = Units.Device(Units.Intel(snoopControl: false), 1);
        Units.Group(1, coherent);
        Units.Group(2, other);
        uint ioas = _client.AllocIoas();
        SetCompat(ioas);
        Assert.Equal(1, _client.Call(VfioUapi.VFIO_CHECK_EXTENSION, VfioUapi.VFIO_DMA_CC_IOMMU));

        uint first = ioas;
        Assert.Equal(Errno.None, Bind(coherent).Attach(ref first));
        Assert.Equal(1, _client.Call(VfioUapi.VFIO_CHECK_EXTENSION, VfioUapi.VFIO_DMA_CC_IOMMU));
        IommufdDevice bound = Bind(other);
        uint second = ioas;
        Assert.Equal(Errno.None, bound.Attach(ref second));
        Assert.NotEqual(first, second);
        Assert.Equal(0, _client.Call(VfioUapi.VFIO_CHECK_EXTENSION, VfioUapi.VFIO_DMA_CC_IOMMU));

        uint explicitly = first;
        Assert.Equal(Errno.EINVAL, bound.Replace(ref explicitly));
        Assert.False(((IommuDomain)other.Dma.Domain!).EnforcesCoherency);
        Assert.True(((IommuDomain)coherent.Dma.Domain!).EnforcesCoherency);
    }

    [Fact]
    public void A_coherent_device_on_a_page_table_that_does_not_enforce_changes_nothing()
    {
        SoftDevice coherent = Units.Device(Units.Intel());
        SoftDevice other = Units.Device(Units.Intel(snoopControl: false), 1);
        Units.Group(1, coherent);
        Units.Group(2, other);
        uint ioas = _client.AllocIoas();
        uint table = ioas;
        Assert.Equal(Errno.None, Bind(other).Attach(ref table));
        uint same = ioas;
        Assert.Equal(Errno.None, Bind(coherent).Attach(ref same));

        Assert.Equal(table, same);
        Assert.False(((IommuDomain)coherent.Dma.Domain!).EnforcesCoherency);
    }

    [Fact]
    public void An_automatic_page_table_is_never_one_that_somebody_made()
    {
        SoftDevice device = Units.Device(Units.Amd());
        Units.Group(1, device);
        IommufdDevice bound = Bind(device);
        uint ioas = _client.AllocIoas();
        Assert.Equal(0, _client.AllocHwpt(new IommuHwptAlloc { DevId = bound.Id, PtId = ioas }, out uint made));
        uint table = ioas;
        Assert.Equal(Errno.None, bound.Attach(ref table));
        Assert.NotEqual(made, table);

        uint back = made;
        Assert.Equal(Errno.None, bound.Replace(ref back));
        Assert.Equal(-(int)Errno.ENOENT, _client.Destroy(table));
        bound.Detach();
        Assert.Equal(0, _client.Destroy(made));
    }

    [Fact]
    public void A_page_table_made_before_any_attach_is_loaded_with_what_is_mapped()
    {
        SoftDevice device = Units.Device(Units.Amd());
        Units.Group(1, device);
        IommufdDevice bound = Bind(device);
        uint ioas = _client.AllocIoas();
        Assert.Equal(0, _client.MapFixed(ioas, A + 0x3000, 0x2000, 0x8000));
        Assert.Equal(0, _client.AllocHwpt(new IommuHwptAlloc { DevId = bound.Id, PtId = ioas }, out uint made));
        Assert.Equal(Errno.None, bound.Attach(ref made));

        Assert.True(device.Dma.TryWrite(0x8ffe, [1, 2, 3, 4]));
        Assert.Equal([1, 2, 3, 4], _client.Region.Backing.Bytes[0x3ffe..0x4002]);
        Assert.Equal(0, _client.UnmapAll(ioas));
        Assert.False(device.Dma.TryWrite(0x8ffe, [1]));
    }

    [Fact]
    public void The_compatibility_ioas_is_made_once_and_can_be_destroyed()
    {
        Assert.Equal(Errno.ENODEV, _client.File.GetCompatIoasId(out _));
        Assert.Equal(Errno.None, _client.File.CreateCompatIoas());
        Assert.Equal(Errno.None, _client.File.CreateCompatIoas());
        Assert.Equal(Errno.None, _client.File.GetCompatIoasId(out uint id));
        Assert.Equal(1u, id);
        Assert.Equal(Errno.EINVAL, _client.File.SetNoIommu());
        Assert.Equal(0, _client.Destroy(id));
        Assert.Equal(Errno.ENODEV, _client.File.GetCompatIoasId(out _));
        Assert.Equal(Errno.None, _client.File.SetNoIommu());
        Assert.Equal(Errno.EINVAL, _client.File.CreateCompatIoas());
    }

    [Fact]
    public void Unbinding_waits_for_the_calls_that_run_on_the_device()
    {
        SoftDevice device = Units.Device(Units.Amd());
        Units.Group(1, device);
        IommufdDevice bound = Bind(device);
        Core.Borrowed<IommufdDevice> running = _client.File.Objects.Borrow<IommufdDevice>(bound.Id);
        Thread unbind = new(bound.Unbind);
        unbind.Start();
        Assert.False(unbind.Join(50));
        running.Dispose();
        unbind.Join();
        Assert.False(device.Group!.IsDmaOwnerClaimed);
    }

    private void SetCompat(uint ioas)
    {
        uint id = ioas;
        Assert.Equal(0, _client.VfioIoas((ushort)IommufdUapi.IOMMU_VFIO_IOAS_SET, 0, ref id));
    }

    private IommufdDevice Bind(SoftDevice device)
    {
        Assert.Equal(Errno.None, IommufdDevice.Bind(_client.File, device, out IommufdDevice? bound));
        return bound!;
    }
}
