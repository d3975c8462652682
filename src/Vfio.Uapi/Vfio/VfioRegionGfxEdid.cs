using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_region_gfx_edid.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioRegionGfxEdid
{
    /// <summary>edid_offset.</summary>
    public uint EdidOffset;

    /// <summary>edid_max_size.</summary>
    public uint EdidMaxSize;

    /// <summary>edid_size.</summary>
    public uint EdidSize;

    /// <summary>max_xres.</summary>
    public uint MaxXres;

    /// <summary>max_yres.</summary>
    public uint MaxYres;

    /// <summary>link_state.</summary>
    public uint LinkState;
}
