using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_iova_range.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIovaRange
{
    /// <summary>start.</summary>
    public ulong Start;

    /// <summary>end.</summary>
    public ulong End;
}
