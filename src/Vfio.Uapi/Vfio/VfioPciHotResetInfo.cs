using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="VfioUapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO"/>: which functions a bus or slot reset would touch. An array of
/// <see cref="VfioPciDependentDevice"/> follows.
/// </summary>
/// <remarks>struct vfio_pci_hot_reset_info, 12 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioPciHotResetInfo
{
    /// <summary>Bytes of this struct and the array behind it. Too few is ENOSPC, with the count set.</summary>
    public uint Argsz;

    /// <summary>Set by the kernel: VFIO_PCI_HOT_RESET_FLAG_*.</summary>
    public uint Flags;

    /// <summary>Set by the kernel: how many functions there are.</summary>
    public uint Count;
}
