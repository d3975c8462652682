using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>Argument of <see cref="VfioUapi.VFIO_IOMMU_GET_INFO"/>: what the container's IOMMUs can map.</summary>
/// <remarks>struct vfio_iommu_type1_info, 24 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1Info
{
    /// <summary>In: bytes the caller has room for. Out: bytes needed for the struct and all capabilities.</summary>
    public uint Argsz;

    /// <summary>Set by the kernel: VFIO_IOMMU_INFO_*.</summary>
    public uint Flags;

    /// <summary>Set by the kernel: the page sizes that mappings can be made of, each a bit of its value.</summary>
    public ulong IovaPgsizes;

    /// <summary>
    /// Set by the kernel if <see cref="VfioUapi.VFIO_IOMMU_INFO_CAPS"/> is set: offset of the first capability, 0 if the room did not
    /// suffice. Since Linux 5.4.
    /// </summary>
    public uint CapOffset;

    /// <summary>Not used.</summary>
    public uint Pad;
}
