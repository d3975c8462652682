using Vfio.Uapi;

namespace Vfio;

/// <summary>What IOMMU_GET_HW_INFO says of the IOMMU in front of a device.</summary>
/// <param name="DataType">IOMMU_HW_INFO_TYPE_*: what <paramref name="Data"/> is; 0 for nothing.</param>
/// <param name="Data">The kernel's bytes, as the type lays them out.</param>
/// <param name="Capabilities">IOMMU_HW_CAP_* bits; 0 from kernels that do not tell.</param>
/// <param name="MaxPasidLog2">How many PASID bits the device has; 0 for none.</param>
public sealed record IommuHardwareInfo(uint DataType, ReadOnlyMemory<byte> Data, ulong Capabilities, byte MaxPasidLog2)
{
    /// <summary>Whether page tables can record what devices write (<see cref="HwptOptions.DirtyTracking"/>).</summary>
    public bool CanTrackDirtyPages => (Capabilities & IommufdUapi.IOMMU_HW_CAP_DIRTY_TRACKING) != 0;

    /// <summary>Whether DMA with a PASID may fetch instructions.</summary>
    public bool HasPasidExecute => (Capabilities & IommufdUapi.IOMMU_HW_CAP_PCI_PASID_EXEC) != 0;

    /// <summary>Whether DMA with a PASID may be privileged.</summary>
    public bool HasPasidPrivileged => (Capabilities & IommufdUapi.IOMMU_HW_CAP_PCI_PASID_PRIV) != 0;

    /// <summary>Whether the device may not use ATS behind this IOMMU, whatever its configuration space says.</summary>
    public bool ForbidsAts => (Capabilities & IommufdUapi.IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED) != 0;

    /// <summary>Intel VT-d's registers; null where the IOMMU is another.</summary>
    public IommuHwInfoVtd? Vtd => As<IommuHwInfoVtd>(IommufdUapi.IOMMU_HW_INFO_TYPE_INTEL_VTD);

    /// <summary>AMD's feature registers (since Linux 7.0); null where the IOMMU is another.</summary>
    public IommuHwInfoAmd? Amd => As<IommuHwInfoAmd>(IommufdUapi.IOMMU_HW_INFO_TYPE_AMD);

    /// <summary>An Arm SMMUv3's registers; null where the IOMMU is another.</summary>
    public IommuHwInfoArmSmmuv3? ArmSmmuv3 => As<IommuHwInfoArmSmmuv3>(IommufdUapi.IOMMU_HW_INFO_TYPE_ARM_SMMUV3);

    /// <summary>A Tegra241's command queue virtualisation; null unless it was asked for and is there.</summary>
    public IommuHwInfoTegra241Cmdqv? Tegra241Cmdqv => As<IommuHwInfoTegra241Cmdqv>(IommufdUapi.IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV);

    /// <summary>
    /// Intel VT-d's snoop control (extended capability bit 7): whether it can force a device's DMA to be cache-coherent. Null where the IOMMU is not VT-d: AMD and virtio
    /// do not say it here, though they differ.
    /// </summary>
    public bool? VtdSnoopControl => Vtd is { } vtd ? (vtd.EcapReg & 0x80) != 0 : null;

    private T? As<T>(uint type)
        where T : unmanaged
        => DataType == type && StructBytes.TryRead(Data.Span, out T value) ? value : null;
}
