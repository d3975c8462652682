using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_ioas_unmap.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIoasUnmap
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>ioas_id.</summary>
    public uint IoasId;

    /// <summary>iova.</summary>
    public ulong Iova;

    /// <summary>length.</summary>
    public ulong Length;
}
