using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_ioas_iova_ranges.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIoasIovaRanges
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>ioas_id.</summary>
    public uint IoasId;

    /// <summary>num_iovas.</summary>
    public uint NumIovas;

    /// <summary>__reserved.</summary>
    public uint Reserved;

    /// <summary>allowed_iovas.</summary>
    public ulong AllowedIovas;

    /// <summary>out_iova_alignment.</summary>
    public ulong OutIovaAlignment;
}
