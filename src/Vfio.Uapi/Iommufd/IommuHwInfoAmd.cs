using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hw_info_amd.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwInfoAmd
{
    /// <summary>efr.</summary>
    public ulong Efr;

    /// <summary>efr2.</summary>
    public ulong Efr2;
}
