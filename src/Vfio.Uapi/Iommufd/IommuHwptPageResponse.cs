using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>The answer to a group of I/O page faults, written to a fault queue's descriptor.</summary>
/// <remarks>struct iommu_hwpt_page_response, 8 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuHwptPageResponse
{
    /// <summary>The cookie of the fault that is answered.</summary>
    public uint Cookie;

    /// <summary><see cref="IommufdUapi.IOMMUFD_PAGE_RESP_SUCCESS"/> or <see cref="IommufdUapi.IOMMUFD_PAGE_RESP_INVALID"/>.</summary>
    public uint Code;
}
