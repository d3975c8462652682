using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_ioas_copy.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIoasCopy
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>dst_ioas_id.</summary>
    public uint DstIoasId;

    /// <summary>src_ioas_id.</summary>
    public uint SrcIoasId;

    /// <summary>length.</summary>
    public ulong Length;

    /// <summary>dst_iova.</summary>
    public ulong DstIova;

    /// <summary>src_iova.</summary>
    public ulong SrcIova;
}
