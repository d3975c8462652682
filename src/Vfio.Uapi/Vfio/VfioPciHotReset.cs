using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_pci_hot_reset.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioPciHotReset
{
    /// <summary>argsz.</summary>
    public uint Argsz;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>count.</summary>
    public uint Count;
}
