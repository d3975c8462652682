using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_irq_set.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIrqSet
{
    /// <summary>argsz.</summary>
    public uint Argsz;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>index.</summary>
    public uint Index;

    /// <summary>start.</summary>
    public uint Start;

    /// <summary>count.</summary>
    public uint Count;
}
