using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_viommu_alloc.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuViommuAlloc
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>type.</summary>
    public uint Type;

    /// <summary>dev_id.</summary>
    public uint DevId;

    /// <summary>hwpt_id.</summary>
    public uint HwptId;

    /// <summary>out_viommu_id.</summary>
    public uint OutViommuId;

    /// <summary>data_len.</summary>
    public uint DataLen;

    /// <summary>__reserved.</summary>
    public uint Reserved;

    /// <summary>data_uptr.</summary>
    public ulong DataUptr;
}
