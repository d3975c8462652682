using System.Buffers.Binary;
using CsCheck;

namespace Vfio.Tests;

public sealed class ConfigSpaceTests
{
    private static readonly PciAddress s_address = PciAddress.Parse("0000:00:01.0");
    private readonly ScriptedKernel _kernel = new();

    [Fact]
    public void Capabilities_come_in_the_order_of_their_list()
    {
        Standard(0x50, 0x05, 0x40);
        Standard(0x40, 0x01, 0);
        Start(0x50);
        Assert.Equal([new PciCapability(5, 0, 0x50), new PciCapability(1, 0, 0x40)], Config().ReadCapabilities());
        Assert.Equal(0x40, Config().FindCapability(1)!.Value.Offset);
        Assert.Null(Config().FindCapability(0x11));
    }

    [Fact]
    public void A_list_that_leads_back_into_itself_ends()
    {
        Standard(0x40, 5, 0x50);
        Standard(0x50, 1, 0x40);
        Start(0x40);
        Assert.Equal(2, Config().ReadCapabilities().Count);
        Extended(0x100, 1, 0x200);
        Extended(0x200, 2, 0x100);
        Assert.Equal(2, Config().ReadExtendedCapabilities().Count);
    }

    [Fact]
    public void Without_the_status_bit_there_is_no_list()
    {
        Standard(0x40, 5, 0);
        _kernel.Config[0x34] = 0x40;
        Assert.Empty(Config().ReadCapabilities());
    }

    [Fact]
    public void A_pointer_into_the_header_ends_the_list()
    {
        Standard(0x40, 5, 0x10);
        Start(0x40);
        Assert.Single(Config().ReadCapabilities());
    }

    [Fact]
    public void A_hidden_extended_capability_keeps_its_place_in_the_list()
    {
        Extended(0x100, 0, 0x140);
        Extended(0x140, 0x0d, 0);
        Assert.Equal([new PciCapability(0x0d, 1, 0x140)], Config().ReadExtendedCapabilities());
    }

    [Fact]
    public void Any_config_space_is_walked_to_an_end_without_leaving_it() =>
        Gen.Byte.Array[4096].Sample(
            bytes =>
            {
                ScriptedKernel kernel = new();
                bytes.CopyTo(kernel.Config, 0);
                kernel.Config[6] |= 0x10;
                using VfioDevice device = VfioDevice.OpenByNode(kernel, s_address, ScriptedKernel.DeviceNode, ScriptedKernel.IommufdNode);
                IReadOnlyList<PciCapability> standard = device.Config.ReadCapabilities();
                IReadOnlyList<PciCapability> extended = device.Config.ReadExtendedCapabilities();
                Assert.True(standard.Count <= 48 && standard.All(static c => c.Offset is >= 0x40 and <= 0xfc));
                Assert.True(extended.Count <= 960 && extended.All(static c => c.Offset is >= 0x100 and <= 0xffc));
            },
            iter: 200);

    [Fact]
    public void A_register_is_read_at_its_width_and_checked_before()
    {
        using VfioDevice device = VfioDevice.OpenByNode(_kernel, s_address, ScriptedKernel.DeviceNode, ScriptedKernel.IommufdNode);
        Region bar = device.Bars[0];
        BinaryPrimitives.WriteUInt64LittleEndian(_kernel.Bar0.AsSpan(8), 0x1122334455667788);
        Assert.Equal(0x88, bar.Read8(8));
        Assert.Equal(0x5566, bar.Read16(10));
        Assert.Equal(0x11223344u, bar.Read32(12));
        Assert.Equal(0x1122334455667788u, bar.Read64(8));
        bar.Write32(16, 0xdeadbeef);
        Assert.Equal(0xefu, _kernel.Bar0[16]);
        Assert.Throws<ArgumentException>(() => bar.Read32(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => bar.Read32(bar.Size));
        Assert.Throws<ArgumentOutOfRangeException>(() => bar.Read64(ulong.MaxValue - 7));
        Assert.Throws<ArgumentOutOfRangeException>(() => device.Bars[1].Read8(0));
        device.Dispose();
        Assert.Throws<ObjectDisposedException>(() => bar.Read32(0));
    }

    private ConfigSpace Config() =>
        VfioDevice.OpenByNode(_kernel, s_address, ScriptedKernel.DeviceNode, ScriptedKernel.IommufdNode).Config;

    private void Start(byte first)
    {
        _kernel.Config[6] = 0x10;
        _kernel.Config[0x34] = first;
    }

    private void Standard(int offset, byte id, byte next)
    {
        _kernel.Config[offset] = id;
        _kernel.Config[offset + 1] = next;
    }

    private void Extended(int offset, ushort id, int next) =>
        BinaryPrimitives.WriteUInt32LittleEndian(_kernel.Config.AsSpan(offset), id | (1u << 16) | ((uint)next << 20));
}
