using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_ioas_map.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIoasMap
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>ioas_id.</summary>
    public uint IoasId;

    /// <summary>__reserved.</summary>
    public uint Reserved;

    /// <summary>user_va.</summary>
    public ulong UserVa;

    /// <summary>length.</summary>
    public ulong Length;

    /// <summary>iova.</summary>
    public ulong Iova;
}
