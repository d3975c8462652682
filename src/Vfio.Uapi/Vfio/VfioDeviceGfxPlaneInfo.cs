using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="VfioUapi.VFIO_DEVICE_QUERY_GFX_PLANE"/>: what a virtual display shows now. A plane that is switched off has
/// format, size, width and height 0.
/// </summary>
/// <remarks>struct vfio_device_gfx_plane_info, 64 bytes.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 64)]
public struct VfioDeviceGfxPlaneInfo
{
    /// <summary>Bytes of this struct.</summary>
    [FieldOffset(0)]
    public uint Argsz;

    /// <summary>VFIO_GFX_PLANE_TYPE_*: which form is asked for, or whether it exists.</summary>
    [FieldOffset(4)]
    public uint Flags;

    /// <summary>In: DRM_PLANE_TYPE_*.</summary>
    [FieldOffset(8)]
    public uint DrmPlaneType;

    /// <summary>Set by the kernel: DRM fourcc of the pixels.</summary>
    [FieldOffset(12)]
    public uint DrmFormat;

    /// <summary>Set by the kernel: DRM format modifier (tiling).</summary>
    [FieldOffset(16)]
    public ulong DrmFormatMod;

    /// <summary>Set by the kernel: pixels.</summary>
    [FieldOffset(24)]
    public uint Width;

    /// <summary>Set by the kernel: pixels.</summary>
    [FieldOffset(28)]
    public uint Height;

    /// <summary>Set by the kernel: bytes from one line to the next.</summary>
    [FieldOffset(32)]
    public uint Stride;

    /// <summary>Set by the kernel: bytes of the plane, whole pages.</summary>
    [FieldOffset(36)]
    public uint Size;

    /// <summary>Set by the kernel: where a cursor plane is, horizontally.</summary>
    [FieldOffset(40)]
    public uint XPos;

    /// <summary>Set by the kernel: where a cursor plane is, vertically.</summary>
    [FieldOffset(44)]
    public uint YPos;

    /// <summary>Set by the kernel: the cursor's hot spot, <c>uint.MaxValue</c> if not known.</summary>
    [FieldOffset(48)]
    public uint XHot;

    /// <summary>Set by the kernel: the cursor's hot spot, <c>uint.MaxValue</c> if not known.</summary>
    [FieldOffset(52)]
    public uint YHot;

    /// <summary>Set by the kernel for a region: its index. Shares its bytes with <see cref="DmabufId"/>.</summary>
    [FieldOffset(56)]
    public uint RegionIndex;

    /// <summary>
    /// Set by the kernel for a dma-buf: the id for <see cref="VfioUapi.VFIO_DEVICE_GET_GFX_DMABUF"/>. Shares its bytes with
    /// <see cref="RegionIndex"/>.
    /// </summary>
    [FieldOffset(56)]
    public uint DmabufId;

    /// <summary>Not used.</summary>
    [FieldOffset(60)]
    public uint Reserved;
}
