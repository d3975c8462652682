using Vfio.Hardware.Models;
using Vfio.Hardware.Pci;

namespace Vfio.Hardware.Tests.Pci;

public sealed class ConfigSpaceTests
{
    [Fact]
    public void A_bar_gives_its_size_when_all_ones_are_written()
    {
        ConfigSpace config = ConfigSpace.FromImage(new byte[256],
            [new PciBar(PciBarKind.Memory32, 0x100000), new PciBar(PciBarKind.Io, 0x100), new PciBar(PciBarKind.Memory64, 1UL << 33, Prefetchable: true)]);
        config.Write(PciRegisters.BaseAddress0, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

        Assert.Equal(0xfff00000u, config.Get32(0x10));
        Assert.Equal(0xffffff01u, config.Get32(0x14));
        Assert.Equal(0x0000000cu, config.Get32(0x18));
        Assert.Equal(0xfffffffeu, config.Get32(0x1c));
    }

    [Fact]
    public void The_roms_enable_bit_is_writable_and_its_address_as_wide_as_it_is()
    {
        var bars = new PciBar[7];
        bars[PciModel.RomBar] = new PciBar(PciBarKind.Memory32, 0x10000);
        ConfigSpace config = ConfigSpace.FromImage(new byte[256], bars);
        config.Write(PciRegisters.RomAddress, [0xff, 0xff, 0xff, 0xff]);
        Assert.Equal(0xffff0001u, config.Get32(PciRegisters.RomAddress));
    }

    [Fact]
    public void Identity_takes_no_write_and_status_bits_go_by_writing_one()
    {
        byte[] image = new byte[256];
        image[0] = 0x34;
        image[7] = 0xff;
        ConfigSpace config = ConfigSpace.FromImage(image, []);
        config.Write(0, [0, 0, 0, 0]);
        config.Write(PciRegisters.Status, [0, 0x11]);
        Assert.Equal(0x34, config.Get8(0));
        Assert.Equal(0xee, config.Get8(7));
    }

    [Fact]
    public void A_read_past_the_end_is_all_ones_and_a_write_there_is_lost()
    {
        var config = new ConfigSpace(256);
        byte[] read = new byte[4];
        config.Write(254, [1, 2, 3, 4]);
        config.Set8(255, 7);
        config.Read(254, read);
        Assert.Equal([0, 7, 0xff, 0xff], read);
        config.Read(4000, read);
        Assert.Equal([0xff, 0xff, 0xff, 0xff], read);
    }

    [Fact]
    public void A_chain_of_capabilities_that_loops_ends()
    {
        byte[] image = new byte[256];
        image[PciRegisters.Status] = 0x10;
        image[PciRegisters.CapabilityList] = 0x40;
        image[0x40] = 9;
        image[0x41] = 0x50;
        image[0x42] = 8;
        image[0x50] = 9;
        image[0x51] = 0x40;
        image[0x52] = 8;
        ConfigSpace config = ConfigSpace.FromImage(image, []);
        Assert.InRange(config.Capabilities().Count(), 2, 1000);
        Assert.Equal(0x50, config.Capabilities().ElementAt(1).Offset);
        Assert.Equal(0, config.FindCapability(5));
    }

    [Fact]
    public void Extended_capabilities_that_loop_end_and_a_conventional_space_has_none()
    {
        byte[] image = new byte[4096];
        image[0x100] = 0x0b;
        image[0x102] = 0x01;
        image[0x103] = 0x10;
        ConfigSpace config = ConfigSpace.FromImage(image, []);
        Assert.InRange(config.ExtendedCapabilities().Count(), 1, 1000);
        Assert.Equal(0x100, config.FindExtendedCapability(0x0b));
        Assert.Empty(ConfigSpace.FromImage(new byte[256], []).ExtendedCapabilities());
    }

    [Fact]
    public void An_msi_capability_at_the_very_end_is_survived()
    {
        byte[] image = new byte[256];
        image[PciRegisters.Status] = 0x10;
        image[PciRegisters.CapabilityList] = 0xfc;
        image[0xfc] = PciRegisters.CapabilityMsi;
        image[0xfe] = 0x80;
        Assert.Equal(0xfc, ConfigSpace.FromImage(image, []).FindCapability(PciRegisters.CapabilityMsi));
    }

    [Fact]
    public void Capabilities_are_added_in_front_and_keep_their_masks()
    {
        var config = new ConfigSpace(256);
        config.AddCapability(9, 0x40, [4, 0], [0, 0xf0]);
        config.AddCapability(5, 0x50, [0x80, 0], [1, 0]);
        Assert.Equal([(5, 0x50), (9, 0x40)], config.Capabilities().Select(c => ((int)c.Id, c.Offset)));
        config.Write(0x42, [0xff, 0xff]);
        Assert.Equal(0xf004, config.Get16(0x42));
    }

    [Fact]
    public void The_command_registers_bus_master_bit_reaches_the_dma_port()
    {
        var model = new PassiveModel(default, new byte[256], []);
        Assert.False(model.Dma.BusMaster);
        model.WriteConfig(PciRegisters.Command, [4, 0]);
        Assert.True(model.Dma.BusMaster);
        model.Reset();
        Assert.False(model.Dma.BusMaster);
    }
}
