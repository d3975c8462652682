namespace Vfio.Uapi;

/// <summary>Every number of linux/iommufd.h (Linux 7.2), under the header's own names.</summary>
public static class IommufdUapi
{
    /// <summary>IOMMUFD_TYPE.</summary>
    public const uint IOMMUFD_TYPE = 0x3b;

    /// <summary>IOMMU_DESTROY.</summary>
    public const uint IOMMU_DESTROY = 0x3b80;

    /// <summary>IOMMU_IOAS_ALLOC.</summary>
    public const uint IOMMU_IOAS_ALLOC = 0x3b81;

    /// <summary>IOMMU_IOAS_IOVA_RANGES.</summary>
    public const uint IOMMU_IOAS_IOVA_RANGES = 0x3b84;

    /// <summary>IOMMU_IOAS_ALLOW_IOVAS.</summary>
    public const uint IOMMU_IOAS_ALLOW_IOVAS = 0x3b82;

    /// <summary>IOMMU_IOAS_MAP.</summary>
    public const uint IOMMU_IOAS_MAP = 0x3b85;

    /// <summary>IOMMU_IOAS_MAP_FILE.</summary>
    public const uint IOMMU_IOAS_MAP_FILE = 0x3b8f;

    /// <summary>IOMMU_IOAS_COPY.</summary>
    public const uint IOMMU_IOAS_COPY = 0x3b83;

    /// <summary>IOMMU_IOAS_UNMAP.</summary>
    public const uint IOMMU_IOAS_UNMAP = 0x3b86;

    /// <summary>IOMMU_OPTION.</summary>
    public const uint IOMMU_OPTION = 0x3b87;

    /// <summary>IOMMU_VFIO_IOAS.</summary>
    public const uint IOMMU_VFIO_IOAS = 0x3b88;

    /// <summary>IOMMU_HWPT_ALLOC.</summary>
    public const uint IOMMU_HWPT_ALLOC = 0x3b89;

    /// <summary>IOMMU_GET_HW_INFO.</summary>
    public const uint IOMMU_GET_HW_INFO = 0x3b8a;

    /// <summary>IOMMU_HWPT_SET_DIRTY_TRACKING.</summary>
    public const uint IOMMU_HWPT_SET_DIRTY_TRACKING = 0x3b8b;

    /// <summary>IOMMU_HWPT_GET_DIRTY_BITMAP.</summary>
    public const uint IOMMU_HWPT_GET_DIRTY_BITMAP = 0x3b8c;

    /// <summary>IOMMU_HWPT_INVALIDATE.</summary>
    public const uint IOMMU_HWPT_INVALIDATE = 0x3b8d;

    /// <summary>IOMMU_FAULT_QUEUE_ALLOC.</summary>
    public const uint IOMMU_FAULT_QUEUE_ALLOC = 0x3b8e;

    /// <summary>IOMMU_VIOMMU_ALLOC.</summary>
    public const uint IOMMU_VIOMMU_ALLOC = 0x3b90;

    /// <summary>IOMMU_VDEVICE_ALLOC.</summary>
    public const uint IOMMU_VDEVICE_ALLOC = 0x3b91;

    /// <summary>IOMMU_IOAS_CHANGE_PROCESS.</summary>
    public const uint IOMMU_IOAS_CHANGE_PROCESS = 0x3b92;

    /// <summary>IOMMU_VEVENTQ_ALLOC.</summary>
    public const uint IOMMU_VEVENTQ_ALLOC = 0x3b93;

    /// <summary>IOMMU_HW_QUEUE_ALLOC.</summary>
    public const uint IOMMU_HW_QUEUE_ALLOC = 0x3b94;

    /// <summary>IOMMUFD_CMD_BASE.</summary>
    public const uint IOMMUFD_CMD_BASE = 0x80;

    /// <summary>IOMMUFD_CMD_DESTROY.</summary>
    public const uint IOMMUFD_CMD_DESTROY = 0x80;

    /// <summary>IOMMUFD_CMD_IOAS_ALLOC.</summary>
    public const uint IOMMUFD_CMD_IOAS_ALLOC = 0x81;

    /// <summary>IOMMUFD_CMD_IOAS_ALLOW_IOVAS.</summary>
    public const uint IOMMUFD_CMD_IOAS_ALLOW_IOVAS = 0x82;

    /// <summary>IOMMUFD_CMD_IOAS_COPY.</summary>
    public const uint IOMMUFD_CMD_IOAS_COPY = 0x83;

    /// <summary>IOMMUFD_CMD_IOAS_IOVA_RANGES.</summary>
    public const uint IOMMUFD_CMD_IOAS_IOVA_RANGES = 0x84;

    /// <summary>IOMMUFD_CMD_IOAS_MAP.</summary>
    public const uint IOMMUFD_CMD_IOAS_MAP = 0x85;

    /// <summary>IOMMUFD_CMD_IOAS_UNMAP.</summary>
    public const uint IOMMUFD_CMD_IOAS_UNMAP = 0x86;

    /// <summary>IOMMUFD_CMD_OPTION.</summary>
    public const uint IOMMUFD_CMD_OPTION = 0x87;

    /// <summary>IOMMUFD_CMD_VFIO_IOAS.</summary>
    public const uint IOMMUFD_CMD_VFIO_IOAS = 0x88;

    /// <summary>IOMMUFD_CMD_HWPT_ALLOC.</summary>
    public const uint IOMMUFD_CMD_HWPT_ALLOC = 0x89;

    /// <summary>IOMMUFD_CMD_GET_HW_INFO.</summary>
    public const uint IOMMUFD_CMD_GET_HW_INFO = 0x8a;

    /// <summary>IOMMUFD_CMD_HWPT_SET_DIRTY_TRACKING.</summary>
    public const uint IOMMUFD_CMD_HWPT_SET_DIRTY_TRACKING = 0x8b;

    /// <summary>IOMMUFD_CMD_HWPT_GET_DIRTY_BITMAP.</summary>
    public const uint IOMMUFD_CMD_HWPT_GET_DIRTY_BITMAP = 0x8c;

    /// <summary>IOMMUFD_CMD_HWPT_INVALIDATE.</summary>
    public const uint IOMMUFD_CMD_HWPT_INVALIDATE = 0x8d;

    /// <summary>IOMMUFD_CMD_FAULT_QUEUE_ALLOC.</summary>
    public const uint IOMMUFD_CMD_FAULT_QUEUE_ALLOC = 0x8e;

    /// <summary>IOMMUFD_CMD_IOAS_MAP_FILE.</summary>
    public const uint IOMMUFD_CMD_IOAS_MAP_FILE = 0x8f;

    /// <summary>IOMMUFD_CMD_VIOMMU_ALLOC.</summary>
    public const uint IOMMUFD_CMD_VIOMMU_ALLOC = 0x90;

    /// <summary>IOMMUFD_CMD_VDEVICE_ALLOC.</summary>
    public const uint IOMMUFD_CMD_VDEVICE_ALLOC = 0x91;

    /// <summary>IOMMUFD_CMD_IOAS_CHANGE_PROCESS.</summary>
    public const uint IOMMUFD_CMD_IOAS_CHANGE_PROCESS = 0x92;

    /// <summary>IOMMUFD_CMD_VEVENTQ_ALLOC.</summary>
    public const uint IOMMUFD_CMD_VEVENTQ_ALLOC = 0x93;

    /// <summary>IOMMUFD_CMD_HW_QUEUE_ALLOC.</summary>
    public const uint IOMMUFD_CMD_HW_QUEUE_ALLOC = 0x94;

    /// <summary>IOMMU_IOAS_MAP_FIXED_IOVA.</summary>
    public const uint IOMMU_IOAS_MAP_FIXED_IOVA = 1;

    /// <summary>IOMMU_IOAS_MAP_WRITEABLE.</summary>
    public const uint IOMMU_IOAS_MAP_WRITEABLE = 2;

    /// <summary>IOMMU_IOAS_MAP_READABLE.</summary>
    public const uint IOMMU_IOAS_MAP_READABLE = 4;

    /// <summary>IOMMU_OPTION_RLIMIT_MODE.</summary>
    public const uint IOMMU_OPTION_RLIMIT_MODE = 0;

    /// <summary>IOMMU_OPTION_HUGE_PAGES.</summary>
    public const uint IOMMU_OPTION_HUGE_PAGES = 1;

    /// <summary>IOMMU_OPTION_OP_SET.</summary>
    public const uint IOMMU_OPTION_OP_SET = 0;

    /// <summary>IOMMU_OPTION_OP_GET.</summary>
    public const uint IOMMU_OPTION_OP_GET = 1;

    /// <summary>IOMMU_VFIO_IOAS_GET.</summary>
    public const uint IOMMU_VFIO_IOAS_GET = 0;

    /// <summary>IOMMU_VFIO_IOAS_SET.</summary>
    public const uint IOMMU_VFIO_IOAS_SET = 1;

    /// <summary>IOMMU_VFIO_IOAS_CLEAR.</summary>
    public const uint IOMMU_VFIO_IOAS_CLEAR = 2;

    /// <summary>IOMMU_HWPT_ALLOC_NEST_PARENT.</summary>
    public const uint IOMMU_HWPT_ALLOC_NEST_PARENT = 1;

    /// <summary>IOMMU_HWPT_ALLOC_DIRTY_TRACKING.</summary>
    public const uint IOMMU_HWPT_ALLOC_DIRTY_TRACKING = 2;

    /// <summary>IOMMU_HWPT_FAULT_ID_VALID.</summary>
    public const uint IOMMU_HWPT_FAULT_ID_VALID = 4;

    /// <summary>IOMMU_HWPT_ALLOC_PASID.</summary>
    public const uint IOMMU_HWPT_ALLOC_PASID = 8;

    /// <summary>IOMMU_VTD_S1_SRE.</summary>
    public const uint IOMMU_VTD_S1_SRE = 1;

    /// <summary>IOMMU_VTD_S1_EAFE.</summary>
    public const uint IOMMU_VTD_S1_EAFE = 2;

    /// <summary>IOMMU_VTD_S1_WPE.</summary>
    public const uint IOMMU_VTD_S1_WPE = 4;

    /// <summary>IOMMU_HWPT_DATA_NONE.</summary>
    public const uint IOMMU_HWPT_DATA_NONE = 0;

    /// <summary>IOMMU_HWPT_DATA_VTD_S1.</summary>
    public const uint IOMMU_HWPT_DATA_VTD_S1 = 1;

    /// <summary>IOMMU_HWPT_DATA_ARM_SMMUV3.</summary>
    public const uint IOMMU_HWPT_DATA_ARM_SMMUV3 = 2;

    /// <summary>IOMMU_HWPT_DATA_AMD_GUEST.</summary>
    public const uint IOMMU_HWPT_DATA_AMD_GUEST = 3;

    /// <summary>IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17.</summary>
    public const uint IOMMU_HW_INFO_VTD_ERRATA_772415_SPR17 = 1;

    /// <summary>IOMMU_HW_INFO_TYPE_NONE.</summary>
    public const uint IOMMU_HW_INFO_TYPE_NONE = 0;

    /// <summary>IOMMU_HW_INFO_TYPE_DEFAULT.</summary>
    public const uint IOMMU_HW_INFO_TYPE_DEFAULT = 0;

    /// <summary>IOMMU_HW_INFO_TYPE_INTEL_VTD.</summary>
    public const uint IOMMU_HW_INFO_TYPE_INTEL_VTD = 1;

    /// <summary>IOMMU_HW_INFO_TYPE_ARM_SMMUV3.</summary>
    public const uint IOMMU_HW_INFO_TYPE_ARM_SMMUV3 = 2;

    /// <summary>IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV.</summary>
    public const uint IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV = 3;

    /// <summary>IOMMU_HW_INFO_TYPE_AMD.</summary>
    public const uint IOMMU_HW_INFO_TYPE_AMD = 4;

    /// <summary>IOMMU_HW_CAP_DIRTY_TRACKING.</summary>
    public const uint IOMMU_HW_CAP_DIRTY_TRACKING = 1;

    /// <summary>IOMMU_HW_CAP_PCI_PASID_EXEC.</summary>
    public const uint IOMMU_HW_CAP_PCI_PASID_EXEC = 2;

    /// <summary>IOMMU_HW_CAP_PCI_PASID_PRIV.</summary>
    public const uint IOMMU_HW_CAP_PCI_PASID_PRIV = 4;

    /// <summary>IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED.</summary>
    public const uint IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED = 8;

    /// <summary>IOMMU_HW_INFO_FLAG_INPUT_TYPE.</summary>
    public const uint IOMMU_HW_INFO_FLAG_INPUT_TYPE = 1;

    /// <summary>IOMMU_HWPT_DIRTY_TRACKING_ENABLE.</summary>
    public const uint IOMMU_HWPT_DIRTY_TRACKING_ENABLE = 1;

    /// <summary>IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR.</summary>
    public const uint IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR = 1;

    /// <summary>IOMMU_HWPT_INVALIDATE_DATA_VTD_S1.</summary>
    public const uint IOMMU_HWPT_INVALIDATE_DATA_VTD_S1 = 0;

    /// <summary>IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3.</summary>
    public const uint IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3 = 1;

    /// <summary>IOMMU_VTD_INV_FLAGS_LEAF.</summary>
    public const uint IOMMU_VTD_INV_FLAGS_LEAF = 1;

    /// <summary>IOMMU_PGFAULT_FLAGS_PASID_VALID.</summary>
    public const uint IOMMU_PGFAULT_FLAGS_PASID_VALID = 1;

    /// <summary>IOMMU_PGFAULT_FLAGS_LAST_PAGE.</summary>
    public const uint IOMMU_PGFAULT_FLAGS_LAST_PAGE = 2;

    /// <summary>IOMMU_PGFAULT_PERM_READ.</summary>
    public const uint IOMMU_PGFAULT_PERM_READ = 1;

    /// <summary>IOMMU_PGFAULT_PERM_WRITE.</summary>
    public const uint IOMMU_PGFAULT_PERM_WRITE = 2;

    /// <summary>IOMMU_PGFAULT_PERM_EXEC.</summary>
    public const uint IOMMU_PGFAULT_PERM_EXEC = 4;

    /// <summary>IOMMU_PGFAULT_PERM_PRIV.</summary>
    public const uint IOMMU_PGFAULT_PERM_PRIV = 8;

    /// <summary>IOMMUFD_PAGE_RESP_SUCCESS.</summary>
    public const uint IOMMUFD_PAGE_RESP_SUCCESS = 0;

    /// <summary>IOMMUFD_PAGE_RESP_INVALID.</summary>
    public const uint IOMMUFD_PAGE_RESP_INVALID = 1;

    /// <summary>IOMMU_VIOMMU_TYPE_DEFAULT.</summary>
    public const uint IOMMU_VIOMMU_TYPE_DEFAULT = 0;

    /// <summary>IOMMU_VIOMMU_TYPE_ARM_SMMUV3.</summary>
    public const uint IOMMU_VIOMMU_TYPE_ARM_SMMUV3 = 1;

    /// <summary>IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV.</summary>
    public const uint IOMMU_VIOMMU_TYPE_TEGRA241_CMDQV = 2;

    /// <summary>IOMMU_VEVENTQ_FLAG_LOST_EVENTS.</summary>
    public const uint IOMMU_VEVENTQ_FLAG_LOST_EVENTS = 1;

    /// <summary>IOMMU_VEVENTQ_TYPE_DEFAULT.</summary>
    public const uint IOMMU_VEVENTQ_TYPE_DEFAULT = 0;

    /// <summary>IOMMU_VEVENTQ_TYPE_ARM_SMMUV3.</summary>
    public const uint IOMMU_VEVENTQ_TYPE_ARM_SMMUV3 = 1;

    /// <summary>IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV.</summary>
    public const uint IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV = 2;

    /// <summary>IOMMU_HW_QUEUE_TYPE_DEFAULT.</summary>
    public const uint IOMMU_HW_QUEUE_TYPE_DEFAULT = 0;

    /// <summary>IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV.</summary>
    public const uint IOMMU_HW_QUEUE_TYPE_TEGRA241_CMDQV = 1;
}
