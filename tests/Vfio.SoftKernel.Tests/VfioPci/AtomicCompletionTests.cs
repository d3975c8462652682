using Vfio.SoftKernel.Tests.VfioCore;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.VfioPci;

/// <summary>What VFIO_DEVICE_GET_INFO says of atomic operations, beyond tests/transcripts/vfio/capabilities.uapi.</summary>
public sealed class AtomicCompletionTests : IDisposable
{
    private readonly EduMachine _machine = new(WithUnnumberedBridge());

    public void Dispose() => _machine.Dispose();

    /// <summary>Its secondary bus reads as 0, which is the bus it is on: who looks for the root port above a function of bus 0 would come to it for ever.</summary>
    [Fact]
    public void A_bridge_that_nobody_has_numbered_is_above_no_function()
    {
        int device = _machine.Open("/dev/vfio/devices/vfio1");
        Assert.Equal(0, _machine.Bind(device, _machine.Open("/dev/iommu")));
        byte[] info = [24, .. new byte[23]];
        int result = -1;
        var asking = new Thread(() => result = _machine.Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_GET_INFO, info.AsSpan())) { IsBackground = true };
        asking.Start();
        Assert.True(asking.Join(TimeSpan.FromSeconds(30)));
        Assert.Equal((0, VfioUapi.VFIO_DEVICE_FLAGS_PCI), (result, BitConverter.ToUInt32(info, 4)));
        Assert.Equal("/sys/devices/pci0000:00/0000:00:03.0", Path());
    }

    private string Path()
    {
        byte[] target = new byte[256];
        nint length = _machine.Calls.Readlink("/sys/bus/pci/devices/0000:00:03.0", target);
        return System.Text.Encoding.ASCII.GetString(target, 0, (int)length).Replace("../../..", "/sys", StringComparison.Ordinal);
    }

    private static MachineTopology WithUnnumberedBridge()
    {
        MachineTopology intel = SoftTopologies.Load("q35-intel");
        return intel with
        {
            Functions = [.. intel.Functions.Select(static function => function.Address switch
            {
                "0000:00:00.0" => function with { Config = Change(function.Config, (0x0e, 1), (0x18, 0), (0x19, 0)) },

                // PCI Express, version 2, an endpoint that completes atomic operations of 32 bits.
                "0000:00:03.0" => function with { Driver = "vfio-pci", Config = Change(function.Config, (6, 0x10), (0x34, 0x40), (0x40, 0x10), (0x42, 2), (0x64, 0x80)) },
                _ => function,
            })],
        };
    }

    private static byte[] Change(ReadOnlyMemory<byte> config, params ReadOnlySpan<(int At, int Value)> changes)
    {
        byte[] changed = new byte[256];
        config.CopyTo(changed);
        foreach ((int at, int value) in changes)
        {
            changed[at] = (byte)value;
        }

        return changed;
    }
}
