using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// The registers of a virtual display's EDID region. To change the EDID: link down, write blob and size, link up. Since Linux 4.20.
/// </summary>
/// <remarks>struct vfio_region_gfx_edid, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioRegionGfxEdid
{
    /// <summary>Where in the region the EDID blob is, in bytes. Read only.</summary>
    public uint EdidOffset;

    /// <summary>The most bytes the blob can have. Read only.</summary>
    public uint EdidMaxSize;

    /// <summary>Bytes of the blob there is.</summary>
    public uint EdidSize;

    /// <summary>Largest width in pixels, 0 for any. Read only.</summary>
    public uint MaxXres;

    /// <summary>Largest height in pixels, 0 for any. Read only.</summary>
    public uint MaxYres;

    /// <summary><see cref="VfioUapi.VFIO_DEVICE_GFX_LINK_STATE_UP"/> or <see cref="VfioUapi.VFIO_DEVICE_GFX_LINK_STATE_DOWN"/>.</summary>
    public uint LinkState;
}
