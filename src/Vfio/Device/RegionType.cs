namespace Vfio;

/// <summary>What a device-specific region is (VFIO_REGION_INFO_CAP_TYPE).</summary>
/// <param name="Type">VFIO_REGION_TYPE_*, or a PCI vendor with bit 31 set.</param>
/// <param name="Subtype">VFIO_REGION_SUBTYPE_*.</param>
public readonly record struct RegionType(uint Type, uint Subtype);
