using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>A bitmap of pages that devices wrote.</summary>
/// <remarks>struct vfio_bitmap, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioBitmap
{
    /// <summary>Bytes that one bit stands for.</summary>
    public ulong Pgsize;

    /// <summary>Bytes of the bitmap.</summary>
    public ulong Size;

    /// <summary>Address of the bitmap, zeroed by the caller.</summary>
    public ulong Data;
}
