using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_bitmap.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioBitmap
{
    /// <summary>pgsize.</summary>
    public ulong Pgsize;

    /// <summary>size.</summary>
    public ulong Size;

    /// <summary>data.</summary>
    public ulong Data;
}
