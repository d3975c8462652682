using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_ioas_alloc.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIoasAlloc
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>flags.</summary>
    public uint Flags;

    /// <summary>out_ioas_id.</summary>
    public uint OutIoasId;
}
