using Vfio.Uapi;

namespace Vfio;

/// <summary>What VFIO_DEVICE_GET_INFO says of a device.</summary>
/// <param name="Flags">VFIO_DEVICE_FLAGS_* bits.</param>
/// <param name="RegionCount">How many region indexes it has.</param>
/// <param name="InterruptKindCount">How many irq indexes it has.</param>
/// <param name="AtomicCompletion">VFIO_PCI_ATOMIC_COMP* bits: the PCI atomic operations the root port completes; null where the kernel does not tell.</param>
public sealed record DeviceInfo(uint Flags, int RegionCount, int InterruptKindCount, uint? AtomicCompletion)
{
    /// <summary>Whether it can be reset by itself.</summary>
    public bool CanReset => (Flags & VfioUapi.VFIO_DEVICE_FLAGS_RESET) != 0;

    /// <summary>Whether it is a PCI function.</summary>
    public bool IsPci => (Flags & VfioUapi.VFIO_DEVICE_FLAGS_PCI) != 0;

    /// <summary>Asks for it.</summary>
    internal static DeviceInfo Ask(VfioFileHandle device)
    {
        VfioDeviceInfo head = default;
        byte[] answer = CapabilityChain.Ask(
            device,
            VfioUapi.VFIO_DEVICE_GET_INFO,
            nameof(VfioUapi.VFIO_DEVICE_GET_INFO),
            StructBytes.AsBytes(ref head));
        _ = StructBytes.TryRead(answer, out VfioDeviceInfo info);
        uint? atomic = null;
        if ((info.Flags & VfioUapi.VFIO_DEVICE_FLAGS_CAPS) != 0)
        {
            foreach (Capability capability in CapabilityChain.Walk(answer, info.CapOffset))
            {
                if (capability.Id == VfioUapi.VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP
                    && StructBytes.TryRead(answer.AsSpan(capability.Offset), out VfioDeviceInfoCapPciAtomicComp cap))
                {
                    atomic = cap.Flags;
                }
            }
        }

        return new DeviceInfo(info.Flags, (int)Math.Min(info.NumRegions, 4096), (int)Math.Min(info.NumIrqs, 64), atomic);
    }
}
