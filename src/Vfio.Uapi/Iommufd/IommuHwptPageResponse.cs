using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct iommu_hwpt_page_response.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptPageResponse
{
    /// <summary>cookie.</summary>
    public uint Cookie;

    /// <summary>code.</summary>
    public uint Code;
}
