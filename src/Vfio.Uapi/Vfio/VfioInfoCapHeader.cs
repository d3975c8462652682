using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_info_cap_header.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioInfoCapHeader
{
    /// <summary>id.</summary>
    public ushort Id;

    /// <summary>version.</summary>
    public ushort Version;

    /// <summary>next.</summary>
    public uint Next;
}
