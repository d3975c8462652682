using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_iova_range.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuIovaRange
{
    /// <summary>start.</summary>
    public ulong Start;

    /// <summary>last.</summary>
    public ulong Last;
}
