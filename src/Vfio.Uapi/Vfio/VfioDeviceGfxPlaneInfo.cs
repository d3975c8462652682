using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_device_gfx_plane_info.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public struct VfioDeviceGfxPlaneInfo
{
    /// <summary>argsz.</summary>
    [FieldOffset(0)]
    public uint Argsz;

    /// <summary>flags.</summary>
    [FieldOffset(4)]
    public uint Flags;

    /// <summary>drm_plane_type.</summary>
    [FieldOffset(8)]
    public uint DrmPlaneType;

    /// <summary>drm_format.</summary>
    [FieldOffset(12)]
    public uint DrmFormat;

    /// <summary>drm_format_mod.</summary>
    [FieldOffset(16)]
    public ulong DrmFormatMod;

    /// <summary>width.</summary>
    [FieldOffset(24)]
    public uint Width;

    /// <summary>height.</summary>
    [FieldOffset(28)]
    public uint Height;

    /// <summary>stride.</summary>
    [FieldOffset(32)]
    public uint Stride;

    /// <summary>size.</summary>
    [FieldOffset(36)]
    public uint Size;

    /// <summary>x_pos.</summary>
    [FieldOffset(40)]
    public uint XPos;

    /// <summary>y_pos.</summary>
    [FieldOffset(44)]
    public uint YPos;

    /// <summary>x_hot.</summary>
    [FieldOffset(48)]
    public uint XHot;

    /// <summary>y_hot.</summary>
    [FieldOffset(52)]
    public uint YHot;

    /// <summary>region_index.</summary>
    [FieldOffset(56)]
    public uint RegionIndex;

    /// <summary>dmabuf_id.</summary>
    [FieldOffset(56)]
    public uint DmabufId;

    /// <summary>reserved.</summary>
    [FieldOffset(60)]
    public uint Reserved;
}
