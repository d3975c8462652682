using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>An event of a mock vIOMMU (<see cref="IommufdTestUapi.IOMMU_VEVENTQ_TYPE_SELFTEST"/>).</summary>
/// <remarks>struct iommu_viommu_event_selftest, 4 bytes.</remarks>
[StructLayout(LayoutKind.Sequential)]
public struct IommuViommuEventSelftest
{
    /// <summary>The device, by the id the virtual machine knows.</summary>
    public uint VirtId;
}
