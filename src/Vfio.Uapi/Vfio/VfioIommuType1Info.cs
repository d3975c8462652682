using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_iommu_type1_info.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct VfioIommuType1Info
{
    /// <summary>argsz.</summary>
    public uint Argsz;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>iova_pgsizes.</summary>
    public ulong IovaPgsizes;

    /// <summary>cap_offset.</summary>
    public uint CapOffset;

    /// <summary>pad.</summary>
    public uint Pad;
}
