using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Head of a capability in the chain behind an information struct. Offsets count from the start of that struct; a chain is hostile
/// input until each offset has been checked.
/// </summary>
/// <remarks>struct vfio_info_cap_header, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioInfoCapHeader
{
    /// <summary>Which capability. Ids mean different things behind different calls.</summary>
    public ushort Id;

    /// <summary>Version of that capability's layout.</summary>
    public ushort Version;

    /// <summary>Offset of the next capability in bytes, or 0 at the end.</summary>
    public uint Next;
}
