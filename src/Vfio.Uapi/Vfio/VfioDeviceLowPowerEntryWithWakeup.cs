using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>Data of <see cref="VfioUapi.VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP"/>.</summary>
/// <remarks>struct vfio_device_low_power_entry_with_wakeup, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceLowPowerEntryWithWakeup
{
    /// <summary>Eventfd to signal when the device wakes; not negative.</summary>
    public int WakeupEventfd;

    /// <summary>Zero.</summary>
    public uint Reserved;
}
