using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_irq_info.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIrqInfo
{
    /// <summary>argsz.</summary>
    public uint Argsz;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>index.</summary>
    public uint Index;

    /// <summary>count.</summary>
    public uint Count;
}
