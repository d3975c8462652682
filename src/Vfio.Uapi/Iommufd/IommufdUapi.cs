namespace Vfio.Uapi;

/// <summary>
/// The numbers of linux/iommufd.h as Linux 7.2 has them, under the header's own names. An iommufd is /dev/iommu: IOASs, I/O page tables
/// and what hangs on them.
/// </summary>
public static class IommufdUapi
{
    /// <summary>The ioctl type byte of every iommufd call: ';'.</summary>
    public const uint IOMMUFD_TYPE = 0x3B;

    /// <summary>Takes an object away: <see cref="IommuDestroy"/>.</summary>
    public const uint IOMMU_DESTROY = 0x3B80;

    /// <summary>Makes an IOAS: <see cref="IommuIoasAlloc"/>.</summary>
    public const uint IOMMU_IOAS_ALLOC = 0x3B81;

    /// <summary>Where an IOAS can be mapped: <see cref="IommuIoasIovaRanges"/>.</summary>
    public const uint IOMMU_IOAS_IOVA_RANGES = 0x3B84;

    /// <summary>Keeps ranges of an IOAS mappable: <see cref="IommuIoasAllowIovas"/>.</summary>
    public const uint IOMMU_IOAS_ALLOW_IOVAS = 0x3B82;

    /// <summary>Maps memory: <see cref="IommuIoasMap"/>.</summary>
    public const uint IOMMU_IOAS_MAP = 0x3B85;

    /// <summary>Maps a part of a file: <see cref="IommuIoasMapFile"/>.</summary>
    public const uint IOMMU_IOAS_MAP_FILE = 0x3B8F;

    /// <summary>Maps what is mapped a second time: <see cref="IommuIoasCopy"/>.</summary>
    public const uint IOMMU_IOAS_COPY = 0x3B83;

    /// <summary>Unmaps: <see cref="IommuIoasUnmap"/>.</summary>
    public const uint IOMMU_IOAS_UNMAP = 0x3B86;

    /// <summary>Reads or sets an option: <see cref="IommuOption"/>.</summary>
    public const uint IOMMU_OPTION = 0x3B87;

    /// <summary>Chooses the IOAS of the container calls: <see cref="IommuVfioIoas"/>.</summary>
    public const uint IOMMU_VFIO_IOAS = 0x3B88;

    /// <summary>Makes an I/O page table: <see cref="IommuHwptAlloc"/>.</summary>
    public const uint IOMMU_HWPT_ALLOC = 0x3B89;

    /// <summary>Asks about a device's IOMMU: <see cref="IommuHwInfo"/>.</summary>
    public const uint IOMMU_GET_HW_INFO = 0x3B8A;

    /// <summary>Starts or stops dirty tracking: <see cref="IommuHwptSetDirtyTracking"/>.</summary>
    public const uint IOMMU_HWPT_SET_DIRTY_TRACKING = 0x3B8B;

    /// <summary>Reads dirty pages: <see cref="IommuHwptGetDirtyBitmap"/>.</summary>
    public const uint IOMMU_HWPT_GET_DIRTY_BITMAP = 0x3B8C;

    /// <summary>Invalidates cached translations: <see cref="IommuHwptInvalidate"/>.</summary>
    public const uint IOMMU_HWPT_INVALIDATE = 0x3B8D;

    /// <summary>Makes a queue for I/O page faults: <see cref="IommuFaultAlloc"/>.</summary>
    public const uint IOMMU_FAULT_QUEUE_ALLOC = 0x3B8E;

    /// <summary>Makes a virtual IOMMU: <see cref="IommuViommuAlloc"/>.</summary>
    public const uint IOMMU_VIOMMU_ALLOC = 0x3B90;

    /// <summary>Makes a device known to a virtual IOMMU: <see cref="IommuVdeviceAlloc"/>.</summary>
    public const uint IOMMU_VDEVICE_ALLOC = 0x3B91;

    /// <summary>Moves memlock accounting to the caller: <see cref="IommuIoasChangeProcess"/>.</summary>
    public const uint IOMMU_IOAS_CHANGE_PROCESS = 0x3B92;

    /// <summary>Makes a queue for events of a virtual IOMMU: <see cref="IommuVeventqAlloc"/>.</summary>
    public const uint IOMMU_VEVENTQ_ALLOC = 0x3B93;

    /// <summary>Makes a queue that hardware works on: <see cref="IommuHwQueueAlloc"/>.</summary>
    public const uint IOMMU_HW_QUEUE_ALLOC = 0x3B94;

    /// <summary>The first ioctl number of iommufd.</summary>
    public const uint IOMMUFD_CMD_BASE = 0x80;

    /// <summary>Number part of <see cref="IOMMU_DESTROY"/>.</summary>
    public const uint IOMMUFD_CMD_DESTROY = 0x80;

    /// <summary>Number part of <see cref="IOMMU_IOAS_ALLOC"/>.</summary>
    public const uint IOMMUFD_CMD_IOAS_ALLOC = 0x81;

    /// <summary>Number part of <see cref="IOMMU_IOAS_ALLOW_IOVAS"/>.</summary>
    public const uint IOMMUFD_CMD_IOAS_ALLOW_IOVAS = 0x82;

    /// <summary>Number part of <see cref="IOMMU_IOAS_COPY"/>.</summary>
    public const uint IOMMUFD_CMD_IOAS_COPY = 0x83;

    /// <summary>Number part of <see cref="IOMMU_IOAS_IOVA_RANGES"/>.</summary>
    public const uint IOMMUFD_CMD_IOAS_IOVA_RANGES = 0x84;

    /// <summary>Number part of <see cref="IOMMU_IOAS_MAP"/>.</summary>
    public const uint IOMMUFD_CMD_IOAS_MAP = 0x85;

    /// <summary>Number part of <see cref="IOMMU_IOAS_UNMAP"/>.</summary>
    public const uint IOMMUFD_CMD_IOAS_UNMAP = 0x86;

    /// <summary>Number part of <see cref="IOMMU_OPTION"/>.</summary>
    public const uint IOMMUFD_CMD_OPTION = 0x87;

    /// <summary>Number part of <see cref="IOMMU_VFIO_IOAS"/>.</summary>
    public const uint IOMMUFD_CMD_VFIO_IOAS = 0x88;

    /// <summary>Number part of <see cref="IOMMU_HWPT_ALLOC"/>.</summary>
    public const uint IOMMUFD_CMD_HWPT_ALLOC = 0x89;

    /// <summary>Number part of <see cref="IOMMU_GET_HW_INFO"/>.</summary>
    public const uint IOMMUFD_CMD_GET_HW_INFO = 0x8A;

    /// <summary>Number part of <see cref="IOMMU_HWPT_SET_DIRTY_TRACKING"/>.</summary>
    public const uint IOMMUFD_CMD_HWPT_SET_DIRTY_TRACKING = 0x8B;

    /// <summary>Number part of <see cref="IOMMU_HWPT_GET_DIRTY_BITMAP"/>.</summary>
    public const uint IOMMUFD_CMD_HWPT_GET_DIRTY_BITMAP = 0x8C;

    /// <summary>Number part of <see cref="IOMMU_HWPT_INVALIDATE"/>.</summary>
    public const uint IOMMUFD_CMD_HWPT_INVALIDATE = 0x8D;

    /// <summary>Number part of <see cref="IOMMU_FAULT_QUEUE_ALLOC"/>.</summary>
    public const uint IOMMUFD_CMD_FAULT_QUEUE_ALLOC = 0x8E;

    /// <summary>Number part of <see cref="IOMMU_IOAS_MAP_FILE"/>.</summary>
    public const uint IOMMUFD_CMD_IOAS_MAP_FILE = 0x8F;

    /// <summary>Number part of <see cref="IOMMU_VIOMMU_ALLOC"/>.</summary>
    public const uint IOMMUFD_CMD_VIOMMU_ALLOC = 0x90;

    /// <summary>Number part of <see cref="IOMMU_VDEVICE_ALLOC"/>.</summary>
    public const uint IOMMUFD_CMD_VDEVICE_ALLOC = 0x91;

    /// <summary>Number part of <see cref="IOMMU_IOAS_CHANGE_PROCESS"/>.</summary>
    public const uint IOMMUFD_CMD_IOAS_CHANGE_PROCESS = 0x92;

    /// <summary>Number part of <see cref="IOMMU_VEVENTQ_ALLOC"/>.</summary>
    public const uint IOMMUFD_CMD_VEVENTQ_ALLOC = 0x93;

    /// <summary>Number part of <see cref="IOMMU_HW_QUEUE_ALLOC"/>.</summary>
    public const uint IOMMUFD_CMD_HW_QUEUE_ALLOC = 0x94;

    /// <summary>Map at the IOVA given. Without it the kernel chooses one and reports it.</summary>
    public const uint IOMMU_IOAS_MAP_FIXED_IOVA = 1;

    /// <summary>Devices may write to the mapping.</summary>
    public const uint IOMMU_IOAS_MAP_WRITEABLE = 2;

    /// <summary>Devices may read from the mapping.</summary>
    public const uint IOMMU_IOAS_MAP_READABLE = 4;

    /// <summary>
    /// Whose RLIMIT_MEMLOCK pinned memory counts against: 0 the user's (default), 1 the process's. Setting needs CAP_SYS_RESOURCE and
    /// an iommufd without objects.
    /// </summary>
    public const uint IOMMU_OPTION_RLIMIT_MODE = 0;

    /// <summary>Whether contiguous pages of an IOAS are mapped as large ones: 1 yes (default), 0 no.</summary>
    public const uint IOMMU_OPTION_HUGE_PAGES = 1;

    /// <summary>Set the option.</summary>
    public const uint IOMMU_OPTION_OP_SET = 0;

    /// <summary>Read the option.</summary>
    public const uint IOMMU_OPTION_OP_GET = 1;

    /// <summary>Which IOAS is it?</summary>
    public const uint IOMMU_VFIO_IOAS_GET = 0;

    /// <summary>Take this IOAS from now on.</summary>
    public const uint IOMMU_VFIO_IOAS_SET = 1;

    /// <summary>Take none; the IOAS stays.</summary>
    public const uint IOMMU_VFIO_IOAS_CLEAR = 2;

    /// <summary>The HWPT can be the parent of nested ones.</summary>
    public const uint IOMMU_HWPT_ALLOC_NEST_PARENT = 1;

    /// <summary>Only devices whose IOMMU can track dirty pages may be attached. Since Linux 6.7.</summary>
    public const uint IOMMU_HWPT_ALLOC_DIRTY_TRACKING = 2;

    /// <summary>The HWPT sends I/O page faults to the queue given. Since Linux 6.11.</summary>
    public const uint IOMMU_HWPT_FAULT_ID_VALID = 4;

    /// <summary>
    /// The HWPT can be attached to a PASID; a device that has PASIDs attached must be on such a HWPT itself. Since Linux 6.15.
    /// </summary>
    public const uint IOMMU_HWPT_ALLOC_PASID = 8;

    /// <summary>Supervisor requests are allowed.</summary>
    public const uint IOMMU_VTD_S1_SRE = 1;

    /// <summary>Extended accessed flags are kept.</summary>
    public const uint IOMMU_VTD_S1_EAFE = 2;

    /// <summary>Write protection holds for supervisor requests too.</summary>
    public const uint IOMMU_VTD_S1_WPE = 4;

    /// <summary>No data: the HWPT is filled by the kernel from an IOAS.</summary>
    public const uint IOMMU_HWPT_DATA_NONE = 0;

    /// <summary>The data is <see cref="IommuHwptVtdS1"/>.</summary>
    public const uint IOMMU_HWPT_DATA_VTD_S1 = 1;

    /// <summary>The data is <see cref="IommuHwptArmSmmuv3"/>. Since Linux 6.13.</summary>
    public const uint IOMMU_HWPT_DATA_ARM_SMMUV3 = 2;

    /// <summary>The data is <see cref="IommuHwptAmdGuest"/>. Since Linux 7.0.</summary>
    public const uint IOMMU_HWPT_DATA_AMD_GUEST = 3;

    /// <summary>Erratum 772415: nothing may be mapped read-only in a nesting parent.</summary>
    public const uint IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17 = 1;

    /// <summary>Out: the IOMMU driver has nothing to tell.</summary>
    public const uint IOMMU_HW_INFO_TYPE_NONE = 0;

    /// <summary>In: the driver's usual information.</summary>
    public const uint IOMMU_HW_INFO_TYPE_DEFAULT = 0;

    /// <summary>The data is <see cref="IommuHwInfoVtd"/>.</summary>
    public const uint IOMMU_HW_INFO_TYPE_INTEL_VTD = 1;

    /// <summary>The data is <see cref="IommuHwInfoArmSmmuv3"/>. Since Linux 6.13.</summary>
    public const uint IOMMU_HW_INFO_TYPE_ARM_SMMUV3 = 2;

    /// <summary>The data is <see cref="IommuHwInfoTegra241Cmdqv"/>. Since Linux 6.17.</summary>
    public const uint IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV = 3;

    /// <summary>The data is <see cref="IommuHwInfoAmd"/>. Since Linux 7.0.</summary>
    public const uint IOMMU_HW_INFO_TYPE_AMD = 4;

    /// <summary>The IOMMU can track dirty pages.</summary>
    public const uint IOMMU_HW_CAP_DIRTY_TRACKING = 1;

    /// <summary>The device's PASIDs can ask to execute. Since Linux 6.15.</summary>
    public const uint IOMMU_HW_CAP_PCI_PASID_EXEC = 2;

    /// <summary>The device's PASIDs can be privileged. Since Linux 6.15.</summary>
    public const uint IOMMU_HW_CAP_PCI_PASID_PRIV = 4;

    /// <summary>The device cannot use ATS here. Its absence does not promise that ATS is on.</summary>
    public const uint IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED = 8;

    /// <summary>The caller names the kind of information it wants. Since Linux 6.17.</summary>
    public const uint IOMMU_HW_INFO_FLAG_INPUT_TYPE = 1;

    /// <summary>Track dirty pages.</summary>
    public const uint IOMMU_HWPT_DIRTY_TRACKING_ENABLE = 1;

    /// <summary>Leave the dirty bits as they are; for a range that is unmapped next.</summary>
    public const uint IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR = 1;

    /// <summary>The requests are <see cref="IommuHwptVtdS1Invalidate"/>.</summary>
    public const uint IOMMU_HWPT_INVALIDATE_DATA_VTD_S1 = 0;

    /// <summary>The requests are <see cref="IommuViommuArmSmmuv3Invalidate"/>. Since Linux 6.13.</summary>
    public const uint IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3 = 1;

    /// <summary>Only leaf entries changed; cached upper levels stay.</summary>
    public const uint IOMMU_VTD_INV_FLAGS_LEAF = 1;

    /// <summary>The fault has a PASID.</summary>
    public const uint IOMMU_PGFAULT_FLAGS_PASID_VALID = 1;

    /// <summary>The last fault of its group: answer now.</summary>
    public const uint IOMMU_PGFAULT_FLAGS_LAST_PAGE = 2;

    /// <summary>The device wanted to read.</summary>
    public const uint IOMMU_PGFAULT_PERM_READ = 1;

    /// <summary>The device wanted to write.</summary>
    public const uint IOMMU_PGFAULT_PERM_WRITE = 2;

    /// <summary>The device wanted to execute (PASID).</summary>
    public const uint IOMMU_PGFAULT_PERM_EXEC = 4;

    /// <summary>The request was privileged (PASID).</summary>
    public const uint IOMMU_PGFAULT_PERM_PRIV = 8;

    /// <summary>It is mapped now: try again.</summary>
    public const uint IOMMUFD_PAGE_RESP_SUCCESS = 0;

    /// <summary>It will not be mapped: give up.</summary>
    public const uint IOMMUFD_PAGE_RESP_INVALID = 1;

    /// <summary>Not a type.</summary>
    public const uint IOMMU_VIOMMU_TYPE_DEFAULT = 0;

    /// <summary>An Arm SMMUv3. Since Linux 6.13.</summary>
    public const uint IOMMU_VIOMMU_TYPE_ARM_SMMUV3 = 1;

    /// <summary>An Arm SMMUv3 with NVIDIA Tegra241's command queue virtualisation. Since Linux 6.17.</summary>
    public const uint IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV = 2;

    /// <summary>Events were lost here and none follows this header.</summary>
    public const uint IOMMU_VEVENTQ_FLAG_LOST_EVENTS = 1;

    /// <summary>Not a type.</summary>
    public const uint IOMMU_VEVENTQ_TYPE_DEFAULT = 0;

    /// <summary>The events are <see cref="IommuVeventArmSmmuv3"/>.</summary>
    public const uint IOMMU_VEVENTQ_TYPE_ARM_SMMUV3 = 1;

    /// <summary>The events are <see cref="IommuVeventTegra241Cmdqv"/>. Since Linux 6.17.</summary>
    public const uint IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV = 2;

    /// <summary>Not a type.</summary>
    public const uint IOMMU_HW_QUEUE_TYPE_DEFAULT = 0;

    /// <summary>A virtual command queue of NVIDIA Tegra241.</summary>
    public const uint IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV = 1;
}
