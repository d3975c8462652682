using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>Who owns a group's DMA. Linux: drivers/iommu/iommu.c.</summary>
public sealed class GroupTests
{
    private readonly IommuUnit _unit = Units.Intel();

    [Fact]
    public void A_group_with_a_function_that_a_kernel_driver_holds_is_not_for_user_space()
    {
        SoftDevice first = Units.Device(_unit);
        SoftDevice second = Units.Device(_unit, 1);
        var group = Units.Group(1, first, second);
        Assert.Equal(Errno.None, second.BindDriver("nvme"));

        Assert.True(group.IsDmaOwnerClaimed);
        Assert.Equal(Errno.EPERM, group.ClaimDmaOwner(this));
        Assert.Equal(Errno.EPERM, group.ClaimDeviceDmaOwner(this));
        second.UnbindDriver();
        Assert.Equal(Errno.None, group.ClaimDmaOwner(this));
    }

    [Theory]
    [InlineData("vfio-pci")]
    [InlineData("pci-stub")]
    [InlineData("pcieport")]
    public void A_driver_that_manages_dma_itself_leaves_the_group_free(string driver)
    {
        SoftDevice device = Units.Device(_unit);
        var group = Units.Group(1, device);

        Assert.Equal(Errno.None, device.BindDriver(driver));
        Assert.False(group.IsDmaOwnerClaimed);
        Assert.Equal(Errno.None, group.ClaimDmaOwner(this));
    }

    [Fact]
    public void No_kernel_driver_binds_while_user_space_owns_the_group()
    {
        SoftDevice first = Units.Device(_unit);
        SoftDevice second = Units.Device(_unit, 1);
        var group = Units.Group(1, first, second);
        Assert.Equal(Errno.None, group.ClaimDmaOwner(this));

        Assert.Equal(Errno.EBUSY, second.BindDriver("nvme"));
        Assert.Null(second.DriverName);
        group.ReleaseDmaOwner(this);
        Assert.Equal(Errno.None, second.BindDriver("nvme"));
        Assert.Equal("nvme", second.DriverName);
    }

    [Fact]
    public void A_container_claims_once_and_an_iommufd_once_a_device()
    {
        var group = Units.Group(1, Units.Device(_unit), Units.Device(_unit, 1));
        object other = new();
        Assert.Equal(Errno.None, group.ClaimDeviceDmaOwner(this));
        Assert.Equal(Errno.None, group.ClaimDeviceDmaOwner(this));
        Assert.Equal(Errno.EPERM, group.ClaimDeviceDmaOwner(other));
        Assert.Equal(Errno.EPERM, group.ClaimDmaOwner(this));

        group.ReleaseDmaOwner(this);
        Assert.Equal(Errno.EPERM, group.ClaimDmaOwner(other));
        group.ReleaseDmaOwner(this);
        Assert.Equal(Errno.None, group.ClaimDmaOwner(other));
        Assert.Equal(Errno.EPERM, group.ClaimDmaOwner(other));
    }

    [Fact]
    public void A_domain_stands_for_all_functions_and_detaching_blocks_them()
    {
        SoftDevice first = Units.Device(_unit);
        SoftDevice second = Units.Device(_unit, 1);
        var group = Units.Group(1, first, second);
        IommuDomain domain = _unit.AllocateDomain();

        Assert.Equal(Errno.None, group.AttachDomain(domain));
        Assert.Same(domain, first.Dma.Domain);
        Assert.Same(domain, second.Dma.Domain);
        Assert.Equal(Errno.EBUSY, group.AttachDomain(_unit.AllocateDomain()));
        Assert.Equal(Errno.EBUSY, group.ClaimDmaOwner(this));
        group.DetachDomain();
        Assert.Null(first.Dma.Domain);
        Assert.Null(second.Dma.Domain);
    }

    [Fact]
    public void A_unit_without_snoop_control_refuses_a_domain_that_forces_it_and_keeps_the_one_it_has()
    {
        SoftDevice device = Units.Device(Units.Intel(snoopControl: false));
        var group = Units.Group(1, device);
        IommuDomain enforcing = _unit.AllocateDomain();
        Assert.True(enforcing.EnforceCoherency());
        Assert.Equal(Errno.EINVAL, group.AttachDomain(enforcing));

        IommuDomain plain = _unit.AllocateDomain();
        Assert.Equal(Errno.None, group.AttachDomain(plain));
        Assert.Equal(Errno.EINVAL, group.ReplaceDomain(enforcing));
        Assert.Same(plain, device.Dma.Domain);
    }

    [Fact]
    public void A_function_that_firmware_wants_mapped_one_to_one_is_never_blocked()
    {
        SoftDevice device = new(Units.Device(_unit).Model, _unit) { ReservedRegions = [new(0x7000_0000, 0x7fff_ffff, ReservedRegionKind.Direct)] };
        var group = Units.Group(1, device);

        Assert.Equal(Errno.EINVAL, group.ClaimDmaOwner(this));
        Assert.False(group.IsDmaOwnerClaimed);
    }
}
