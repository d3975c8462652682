using System.Globalization;

namespace Vfio.Cli.Probing;

/// <summary>A device this program cannot drive: memory is mapped for it and unmapped again, with bus mastering off, and nothing is asked of it.</summary>
internal sealed class UnknownDeviceTest : IDeviceTest
{
    private const string Why = "vfio does not know how to drive this device";

    public bool Knows(PciFunction function) => true;

    public DeviceChecks Run(VfioDevice device, CancellationToken cancellation)
    {
        using ScratchMemory memory = new();
        device.MapDma(memory.Address, ScratchMemory.Length).Dispose();
        return new(
            Check.Of("mapping", true, string.Create(CultureInfo.InvariantCulture, $"{ScratchMemory.Length / 1024} KiB of memory mapped for it and unmapped")),
            Check.NotDone("DMA", Why),
            0,
            Check.NotDone("interrupt", Why));
    }
}
