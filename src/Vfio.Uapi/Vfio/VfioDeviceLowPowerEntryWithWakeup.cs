using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_low_power_entry_with_wakeup.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioDeviceLowPowerEntryWithWakeup
{
    /// <summary>wakeup_eventfd.</summary>
    public int WakeupEventfd;

    /// <summary>reserved.</summary>
    public uint Reserved;
}
