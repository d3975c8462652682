using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_vfio_ioas.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuVfioIoas
{
    /// <summary>size.</summary>
    public uint Size;

    /// <summary>ioas_id.</summary>
    public uint IoasId;

    /// <summary>op.</summary>
    public ushort Op;

    /// <summary>__reserved.</summary>
    public ushort Reserved;
}
