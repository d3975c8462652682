using System.Buffers.Binary;
using System.Numerics;
using Vfio.Hardware.Pci;

namespace Vfio.SoftKernel.Topology;

// Capabilities of a function's configuration space, and what follows from that of SR-IOV.
internal sealed partial class TopologyCheck
{
    // What walks the chain later takes each capability to be there whole.
    private void Capabilities(string at, ReadOnlySpan<byte> config)
    {
        Span<byte> first = stackalloc byte[256];
        first.Clear();
        config[..Math.Min(config.Length, first.Length)].CopyTo(first);
        int next = (first[PciRegisters.Status] & PciRegisters.StatusCapabilityList) != 0 ? first[PciRegisters.CapabilityList] : 0;
        for (int left = 48; next >= PciRegisters.HeaderSize && left > 0; left--)
        {
            // The longest form of each.
            int room = first.Length - next;
            int length = room < 4 ? 4 : first[next] switch
            {
                PciRegisters.CapabilityMsi => 24,
                PciRegisters.CapabilityMsix => 12,
                // From version 2 on it has the second set of registers.
                PciRegisters.CapabilityExpress => (first[next + PciRegisters.ExpressFlags] & 15) > 1 ? 44 : 12,
                _ => 8,
            };
            if ((next & 3) != 0 || length > room)
            {
                Fail(at, $"the capability at 0x{next:x2} is not on a multiple of four or does not fit in 256 bytes");
            }

            next = first[next + 1];
        }
    }

    // As Capabilities, for the extended space: what reads one later takes its registers to be there.
    private void ExtendedCapabilities(string at, FunctionTopology function)
    {
        if (function.ConfigSize <= ConfigSpace.ConventionalSize)
        {
            return;
        }

        byte[] config = new byte[function.ConfigSize];
        function.Config.Span.CopyTo(config);
        int next = ConfigSpace.ConventionalSize;
        for (int left = (ConfigSpace.ExpressSize - ConfigSpace.ConventionalSize) / 4; next != 0 && left > 0; left--)
        {
            // What is looked at of those whose length is in them; and the header of the others.
            uint header = next <= config.Length - 4 ? BinaryPrimitives.ReadUInt32LittleEndian(config.AsSpan(next)) : 0;
            int length = (ushort)header switch
            {
                SriovCapability.Id => SriovCapability.Length,
                0x0b or 0x23 => 8,
                0x15 => 12,
                _ => 4,
            };
            if (next < ConfigSpace.ConventionalSize || (next & 3) != 0 || length > config.Length - next)
            {
                Fail($"{at}.config", $"the extended capability at 0x{next:x3} is not on a multiple of four or does not fit in 4096 bytes");
            }

            next = header is 0 or uint.MaxValue ? 0 : (int)(header >> 20);
        }
    }

    private void VirtualFunctions(string at, FunctionTopology function)
    {
        ReadOnlySpan<byte> config = function.VfConfig.Span;
        if (config.IsEmpty)
        {
            return;
        }

        if (config.Length < 64 || config.Length > function.ConfigSize)
        {
            Fail($"{at}.vfConfig", $"{config.Length} bytes: at least the 64 of the standard header are needed, and at most configSize ({function.ConfigSize})");
        }

        Capabilities($"{at}.vfConfig", config);
        byte[] physical = new byte[function.ConfigSize];
        function.Config.Span.CopyTo(physical);
        if (!PciLocation.TryParse(function.Address, out PciLocation location)
            || SriovCapability.Find(ConfigSpace.FromImage(physical, [])) is not { VfOffset: > 0, VfStride: > 0 } capability
            || capability.LocationOf(location, capability.TotalVfs - 1) is null)
        {
            Fail($"{at}.vfConfig", "the configuration space has no SR-IOV capability whose virtual functions have addresses: total VFs, offset and stride must not be zero");
            return;
        }

        for (int i = 0; i < capability.TotalVfs; i++)
        {
            _virtualAddresses.TryAdd(capability.LocationOf(location, i).ToString()!, $"{at}.vfConfig");
        }

        foreach (BarTopology window in function.Bars.Where(static bar => bar.Index is >= 7 and < 13))
        {
            if (window.Size % (ulong)capability.TotalVfs != 0 || !BitOperations.IsPow2(window.Size / (ulong)capability.TotalVfs))
            {
                Fail($"{at}.bars", $"window {window.Index} of 0x{window.Size:x} bytes is not a power of two for each of {capability.TotalVfs} virtual functions");
            }
        }
    }
}
