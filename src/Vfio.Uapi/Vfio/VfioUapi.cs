namespace Vfio.Uapi;

/// <summary>Every number of linux/vfio.h (Linux 7.2), under the header's own names.</summary>
public static class VfioUapi
{
    /// <summary>VFIO_API_VERSION.</summary>
    public const uint VFIO_API_VERSION = 0;

    /// <summary>VFIO_TYPE1_IOMMU.</summary>
    public const uint VFIO_TYPE1_IOMMU = 1;

    /// <summary>VFIO_TYPE1v2_IOMMU.</summary>
    public const uint VFIO_TYPE1v2_IOMMU = 3;

    /// <summary>VFIO_DMA_CC_IOMMU.</summary>
    public const uint VFIO_DMA_CC_IOMMU = 4;

    /// <summary>__VFIO_RESERVED_TYPE1_NESTING_IOMMU.</summary>
    public const uint __VFIO_RESERVED_TYPE1_NESTING_IOMMU = 6;

    /// <summary>VFIO_NOIOMMU_IOMMU.</summary>
    public const uint VFIO_NOIOMMU_IOMMU = 8;

    /// <summary>VFIO_UNMAP_ALL.</summary>
    public const uint VFIO_UNMAP_ALL = 9;

    /// <summary>VFIO_UPDATE_VADDR.</summary>
    public const uint VFIO_UPDATE_VADDR = 0xa;

    /// <summary>VFIO_TYPE.</summary>
    public const uint VFIO_TYPE = 0x3b;

    /// <summary>VFIO_BASE.</summary>
    public const uint VFIO_BASE = 0x64;

    /// <summary>VFIO_GET_API_VERSION.</summary>
    public const uint VFIO_GET_API_VERSION = 0x3b64;

    /// <summary>VFIO_CHECK_EXTENSION.</summary>
    public const uint VFIO_CHECK_EXTENSION = 0x3b65;

    /// <summary>VFIO_SET_IOMMU.</summary>
    public const uint VFIO_SET_IOMMU = 0x3b66;

    /// <summary>VFIO_GROUP_FLAGS_VIABLE.</summary>
    public const uint VFIO_GROUP_FLAGS_VIABLE = 1;

    /// <summary>VFIO_GROUP_FLAGS_CONTAINER_SET.</summary>
    public const uint VFIO_GROUP_FLAGS_CONTAINER_SET = 2;

    /// <summary>VFIO_GROUP_GET_STATUS.</summary>
    public const uint VFIO_GROUP_GET_STATUS = 0x3b67;

    /// <summary>VFIO_GROUP_SET_CONTAINER.</summary>
    public const uint VFIO_GROUP_SET_CONTAINER = 0x3b68;

    /// <summary>VFIO_GROUP_UNSET_CONTAINER.</summary>
    public const uint VFIO_GROUP_UNSET_CONTAINER = 0x3b69;

    /// <summary>VFIO_GROUP_GET_DEVICE_FD.</summary>
    public const uint VFIO_GROUP_GET_DEVICE_FD = 0x3b6a;

    /// <summary>VFIO_DEVICE_FLAGS_RESET.</summary>
    public const uint VFIO_DEVICE_FLAGS_RESET = 1;

    /// <summary>VFIO_DEVICE_FLAGS_PCI.</summary>
    public const uint VFIO_DEVICE_FLAGS_PCI = 2;

    /// <summary>VFIO_DEVICE_FLAGS_PLATFORM.</summary>
    public const uint VFIO_DEVICE_FLAGS_PLATFORM = 4;

    /// <summary>VFIO_DEVICE_FLAGS_AMBA.</summary>
    public const uint VFIO_DEVICE_FLAGS_AMBA = 8;

    /// <summary>VFIO_DEVICE_FLAGS_CCW.</summary>
    public const uint VFIO_DEVICE_FLAGS_CCW = 0x10;

    /// <summary>VFIO_DEVICE_FLAGS_AP.</summary>
    public const uint VFIO_DEVICE_FLAGS_AP = 0x20;

    /// <summary>VFIO_DEVICE_FLAGS_FSL_MC.</summary>
    public const uint VFIO_DEVICE_FLAGS_FSL_MC = 0x40;

    /// <summary>VFIO_DEVICE_FLAGS_CAPS.</summary>
    public const uint VFIO_DEVICE_FLAGS_CAPS = 0x80;

    /// <summary>VFIO_DEVICE_FLAGS_CDX.</summary>
    public const uint VFIO_DEVICE_FLAGS_CDX = 0x100;

    /// <summary>VFIO_DEVICE_GET_INFO.</summary>
    public const uint VFIO_DEVICE_GET_INFO = 0x3b6b;

    /// <summary>VFIO_DEVICE_API_PCI_STRING.</summary>
    public const string VFIO_DEVICE_API_PCI_STRING = "vfio-pci";

    /// <summary>VFIO_DEVICE_API_PLATFORM_STRING.</summary>
    public const string VFIO_DEVICE_API_PLATFORM_STRING = "vfio-platform";

    /// <summary>VFIO_DEVICE_API_AMBA_STRING.</summary>
    public const string VFIO_DEVICE_API_AMBA_STRING = "vfio-amba";

    /// <summary>VFIO_DEVICE_API_CCW_STRING.</summary>
    public const string VFIO_DEVICE_API_CCW_STRING = "vfio-ccw";

    /// <summary>VFIO_DEVICE_API_AP_STRING.</summary>
    public const string VFIO_DEVICE_API_AP_STRING = "vfio-ap";

    /// <summary>VFIO_DEVICE_INFO_CAP_ZPCI_BASE.</summary>
    public const uint VFIO_DEVICE_INFO_CAP_ZPCI_BASE = 1;

    /// <summary>VFIO_DEVICE_INFO_CAP_ZPCI_GROUP.</summary>
    public const uint VFIO_DEVICE_INFO_CAP_ZPCI_GROUP = 2;

    /// <summary>VFIO_DEVICE_INFO_CAP_ZPCI_UTIL.</summary>
    public const uint VFIO_DEVICE_INFO_CAP_ZPCI_UTIL = 3;

    /// <summary>VFIO_DEVICE_INFO_CAP_ZPCI_PFIP.</summary>
    public const uint VFIO_DEVICE_INFO_CAP_ZPCI_PFIP = 4;

    /// <summary>VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP.</summary>
    public const uint VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP = 5;

    /// <summary>VFIO_PCI_ATOMIC_COMP32.</summary>
    public const uint VFIO_PCI_ATOMIC_COMP32 = 1;

    /// <summary>VFIO_PCI_ATOMIC_COMP64.</summary>
    public const uint VFIO_PCI_ATOMIC_COMP64 = 2;

    /// <summary>VFIO_PCI_ATOMIC_COMP128.</summary>
    public const uint VFIO_PCI_ATOMIC_COMP128 = 4;

    /// <summary>VFIO_REGION_INFO_FLAG_READ.</summary>
    public const uint VFIO_REGION_INFO_FLAG_READ = 1;

    /// <summary>VFIO_REGION_INFO_FLAG_WRITE.</summary>
    public const uint VFIO_REGION_INFO_FLAG_WRITE = 2;

    /// <summary>VFIO_REGION_INFO_FLAG_MMAP.</summary>
    public const uint VFIO_REGION_INFO_FLAG_MMAP = 4;

    /// <summary>VFIO_REGION_INFO_FLAG_CAPS.</summary>
    public const uint VFIO_REGION_INFO_FLAG_CAPS = 8;

    /// <summary>VFIO_DEVICE_GET_REGION_INFO.</summary>
    public const uint VFIO_DEVICE_GET_REGION_INFO = 0x3b6c;

    /// <summary>VFIO_REGION_INFO_CAP_SPARSE_MMAP.</summary>
    public const uint VFIO_REGION_INFO_CAP_SPARSE_MMAP = 1;

    /// <summary>VFIO_REGION_INFO_CAP_TYPE.</summary>
    public const uint VFIO_REGION_INFO_CAP_TYPE = 2;

    /// <summary>VFIO_REGION_TYPE_PCI_VENDOR_TYPE.</summary>
    public const uint VFIO_REGION_TYPE_PCI_VENDOR_TYPE = 0x80000000;

    /// <summary>VFIO_REGION_TYPE_PCI_VENDOR_MASK.</summary>
    public const uint VFIO_REGION_TYPE_PCI_VENDOR_MASK = 0xffff;

    /// <summary>VFIO_REGION_TYPE_GFX.</summary>
    public const uint VFIO_REGION_TYPE_GFX = 1;

    /// <summary>VFIO_REGION_TYPE_CCW.</summary>
    public const uint VFIO_REGION_TYPE_CCW = 2;

    /// <summary>VFIO_REGION_TYPE_MIGRATION_DEPRECATED.</summary>
    public const uint VFIO_REGION_TYPE_MIGRATION_DEPRECATED = 3;

    /// <summary>VFIO_REGION_SUBTYPE_INTEL_IGD_OPREGION.</summary>
    public const uint VFIO_REGION_SUBTYPE_INTEL_IGD_OPREGION = 1;

    /// <summary>VFIO_REGION_SUBTYPE_INTEL_IGD_HOST_CFG.</summary>
    public const uint VFIO_REGION_SUBTYPE_INTEL_IGD_HOST_CFG = 2;

    /// <summary>VFIO_REGION_SUBTYPE_INTEL_IGD_LPC_CFG.</summary>
    public const uint VFIO_REGION_SUBTYPE_INTEL_IGD_LPC_CFG = 3;

    /// <summary>VFIO_REGION_SUBTYPE_GFX_EDID.</summary>
    public const uint VFIO_REGION_SUBTYPE_GFX_EDID = 1;

    /// <summary>VFIO_DEVICE_GFX_LINK_STATE_UP.</summary>
    public const uint VFIO_DEVICE_GFX_LINK_STATE_UP = 1;

    /// <summary>VFIO_DEVICE_GFX_LINK_STATE_DOWN.</summary>
    public const uint VFIO_DEVICE_GFX_LINK_STATE_DOWN = 2;

    /// <summary>VFIO_REGION_SUBTYPE_CCW_ASYNC_CMD.</summary>
    public const uint VFIO_REGION_SUBTYPE_CCW_ASYNC_CMD = 1;

    /// <summary>VFIO_REGION_SUBTYPE_CCW_SCHIB.</summary>
    public const uint VFIO_REGION_SUBTYPE_CCW_SCHIB = 2;

    /// <summary>VFIO_REGION_SUBTYPE_CCW_CRW.</summary>
    public const uint VFIO_REGION_SUBTYPE_CCW_CRW = 3;

    /// <summary>VFIO_REGION_SUBTYPE_MIGRATION_DEPRECATED.</summary>
    public const uint VFIO_REGION_SUBTYPE_MIGRATION_DEPRECATED = 1;

    /// <summary>VFIO_DEVICE_STATE_V1_STOP.</summary>
    public const uint VFIO_DEVICE_STATE_V1_STOP = 0;

    /// <summary>VFIO_DEVICE_STATE_V1_RUNNING.</summary>
    public const uint VFIO_DEVICE_STATE_V1_RUNNING = 1;

    /// <summary>VFIO_DEVICE_STATE_V1_SAVING.</summary>
    public const uint VFIO_DEVICE_STATE_V1_SAVING = 2;

    /// <summary>VFIO_DEVICE_STATE_V1_RESUMING.</summary>
    public const uint VFIO_DEVICE_STATE_V1_RESUMING = 4;

    /// <summary>VFIO_DEVICE_STATE_MASK.</summary>
    public const uint VFIO_DEVICE_STATE_MASK = 7;

    /// <summary>VFIO_REGION_INFO_CAP_MSIX_MAPPABLE.</summary>
    public const uint VFIO_REGION_INFO_CAP_MSIX_MAPPABLE = 3;

    /// <summary>VFIO_IRQ_INFO_EVENTFD.</summary>
    public const uint VFIO_IRQ_INFO_EVENTFD = 1;

    /// <summary>VFIO_IRQ_INFO_MASKABLE.</summary>
    public const uint VFIO_IRQ_INFO_MASKABLE = 2;

    /// <summary>VFIO_IRQ_INFO_AUTOMASKED.</summary>
    public const uint VFIO_IRQ_INFO_AUTOMASKED = 4;

    /// <summary>VFIO_IRQ_INFO_NORESIZE.</summary>
    public const uint VFIO_IRQ_INFO_NORESIZE = 8;

    /// <summary>VFIO_DEVICE_GET_IRQ_INFO.</summary>
    public const uint VFIO_DEVICE_GET_IRQ_INFO = 0x3b6d;

    /// <summary>VFIO_IRQ_SET_DATA_NONE.</summary>
    public const uint VFIO_IRQ_SET_DATA_NONE = 1;

    /// <summary>VFIO_IRQ_SET_DATA_BOOL.</summary>
    public const uint VFIO_IRQ_SET_DATA_BOOL = 2;

    /// <summary>VFIO_IRQ_SET_DATA_EVENTFD.</summary>
    public const uint VFIO_IRQ_SET_DATA_EVENTFD = 4;

    /// <summary>VFIO_IRQ_SET_ACTION_MASK.</summary>
    public const uint VFIO_IRQ_SET_ACTION_MASK = 8;

    /// <summary>VFIO_IRQ_SET_ACTION_UNMASK.</summary>
    public const uint VFIO_IRQ_SET_ACTION_UNMASK = 0x10;

    /// <summary>VFIO_IRQ_SET_ACTION_TRIGGER.</summary>
    public const uint VFIO_IRQ_SET_ACTION_TRIGGER = 0x20;

    /// <summary>VFIO_DEVICE_SET_IRQS.</summary>
    public const uint VFIO_DEVICE_SET_IRQS = 0x3b6e;

    /// <summary>VFIO_IRQ_SET_DATA_TYPE_MASK.</summary>
    public const uint VFIO_IRQ_SET_DATA_TYPE_MASK = 7;

    /// <summary>VFIO_IRQ_SET_ACTION_TYPE_MASK.</summary>
    public const uint VFIO_IRQ_SET_ACTION_TYPE_MASK = 0x38;

    /// <summary>VFIO_DEVICE_RESET.</summary>
    public const uint VFIO_DEVICE_RESET = 0x3b6f;

    /// <summary>VFIO_PCI_DEVID_OWNED.</summary>
    public const uint VFIO_PCI_DEVID_OWNED = 0;

    /// <summary>VFIO_PCI_DEVID_NOT_OWNED.</summary>
    public const int VFIO_PCI_DEVID_NOT_OWNED = -1;

    /// <summary>VFIO_PCI_HOT_RESET_FLAG_DEV_ID.</summary>
    public const uint VFIO_PCI_HOT_RESET_FLAG_DEV_ID = 1;

    /// <summary>VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED.</summary>
    public const uint VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED = 2;

    /// <summary>VFIO_DEVICE_GET_PCI_HOT_RESET_INFO.</summary>
    public const uint VFIO_DEVICE_GET_PCI_HOT_RESET_INFO = 0x3b70;

    /// <summary>VFIO_DEVICE_PCI_HOT_RESET.</summary>
    public const uint VFIO_DEVICE_PCI_HOT_RESET = 0x3b71;

    /// <summary>VFIO_GFX_PLANE_TYPE_PROBE.</summary>
    public const uint VFIO_GFX_PLANE_TYPE_PROBE = 1;

    /// <summary>VFIO_GFX_PLANE_TYPE_DMABUF.</summary>
    public const uint VFIO_GFX_PLANE_TYPE_DMABUF = 2;

    /// <summary>VFIO_GFX_PLANE_TYPE_REGION.</summary>
    public const uint VFIO_GFX_PLANE_TYPE_REGION = 4;

    /// <summary>VFIO_DEVICE_QUERY_GFX_PLANE.</summary>
    public const uint VFIO_DEVICE_QUERY_GFX_PLANE = 0x3b72;

    /// <summary>VFIO_DEVICE_GET_GFX_DMABUF.</summary>
    public const uint VFIO_DEVICE_GET_GFX_DMABUF = 0x3b73;

    /// <summary>VFIO_DEVICE_IOEVENTFD_8.</summary>
    public const uint VFIO_DEVICE_IOEVENTFD_8 = 1;

    /// <summary>VFIO_DEVICE_IOEVENTFD_16.</summary>
    public const uint VFIO_DEVICE_IOEVENTFD_16 = 2;

    /// <summary>VFIO_DEVICE_IOEVENTFD_32.</summary>
    public const uint VFIO_DEVICE_IOEVENTFD_32 = 4;

    /// <summary>VFIO_DEVICE_IOEVENTFD_64.</summary>
    public const uint VFIO_DEVICE_IOEVENTFD_64 = 8;

    /// <summary>VFIO_DEVICE_IOEVENTFD_SIZE_MASK.</summary>
    public const uint VFIO_DEVICE_IOEVENTFD_SIZE_MASK = 0xf;

    /// <summary>VFIO_DEVICE_IOEVENTFD.</summary>
    public const uint VFIO_DEVICE_IOEVENTFD = 0x3b74;

    /// <summary>VFIO_DEVICE_FEATURE_MASK.</summary>
    public const uint VFIO_DEVICE_FEATURE_MASK = 0xffff;

    /// <summary>VFIO_DEVICE_FEATURE_GET.</summary>
    public const uint VFIO_DEVICE_FEATURE_GET = 0x10000;

    /// <summary>VFIO_DEVICE_FEATURE_SET.</summary>
    public const uint VFIO_DEVICE_FEATURE_SET = 0x20000;

    /// <summary>VFIO_DEVICE_FEATURE_PROBE.</summary>
    public const uint VFIO_DEVICE_FEATURE_PROBE = 0x40000;

    /// <summary>VFIO_DEVICE_FEATURE.</summary>
    public const uint VFIO_DEVICE_FEATURE = 0x3b75;

    /// <summary>VFIO_DEVICE_BIND_FLAG_TOKEN.</summary>
    public const uint VFIO_DEVICE_BIND_FLAG_TOKEN = 1;

    /// <summary>VFIO_DEVICE_BIND_IOMMUFD.</summary>
    public const uint VFIO_DEVICE_BIND_IOMMUFD = 0x3b76;

    /// <summary>VFIO_DEVICE_ATTACH_PASID.</summary>
    public const uint VFIO_DEVICE_ATTACH_PASID = 1;

    /// <summary>VFIO_DEVICE_ATTACH_IOMMUFD_PT.</summary>
    public const uint VFIO_DEVICE_ATTACH_IOMMUFD_PT = 0x3b77;

    /// <summary>VFIO_DEVICE_DETACH_PASID.</summary>
    public const uint VFIO_DEVICE_DETACH_PASID = 1;

    /// <summary>VFIO_DEVICE_DETACH_IOMMUFD_PT.</summary>
    public const uint VFIO_DEVICE_DETACH_IOMMUFD_PT = 0x3b78;

    /// <summary>VFIO_DEVICE_FEATURE_PCI_VF_TOKEN.</summary>
    public const uint VFIO_DEVICE_FEATURE_PCI_VF_TOKEN = 0;

    /// <summary>VFIO_MIGRATION_STOP_COPY.</summary>
    public const uint VFIO_MIGRATION_STOP_COPY = 1;

    /// <summary>VFIO_MIGRATION_P2P.</summary>
    public const uint VFIO_MIGRATION_P2P = 2;

    /// <summary>VFIO_MIGRATION_PRE_COPY.</summary>
    public const uint VFIO_MIGRATION_PRE_COPY = 4;

    /// <summary>VFIO_DEVICE_FEATURE_MIGRATION.</summary>
    public const uint VFIO_DEVICE_FEATURE_MIGRATION = 1;

    /// <summary>VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE.</summary>
    public const uint VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE = 2;

    /// <summary>VFIO_PRECOPY_INFO_REINIT.</summary>
    public const uint VFIO_PRECOPY_INFO_REINIT = 1;

    /// <summary>VFIO_MIG_GET_PRECOPY_INFO.</summary>
    public const uint VFIO_MIG_GET_PRECOPY_INFO = 0x3b79;

    /// <summary>VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY.</summary>
    public const uint VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY = 3;

    /// <summary>VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP.</summary>
    public const uint VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP = 4;

    /// <summary>VFIO_DEVICE_FEATURE_LOW_POWER_EXIT.</summary>
    public const uint VFIO_DEVICE_FEATURE_LOW_POWER_EXIT = 5;

    /// <summary>VFIO_DEVICE_FEATURE_DMA_LOGGING_START.</summary>
    public const uint VFIO_DEVICE_FEATURE_DMA_LOGGING_START = 6;

    /// <summary>VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP.</summary>
    public const uint VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP = 7;

    /// <summary>VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT.</summary>
    public const uint VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT = 8;

    /// <summary>VFIO_DEVICE_FEATURE_MIG_DATA_SIZE.</summary>
    public const uint VFIO_DEVICE_FEATURE_MIG_DATA_SIZE = 9;

    /// <summary>VFIO_DEVICE_FEATURE_CLEAR_MASTER.</summary>
    public const uint VFIO_DEVICE_FEATURE_CLEAR_MASTER = 0;

    /// <summary>VFIO_DEVICE_FEATURE_SET_MASTER.</summary>
    public const uint VFIO_DEVICE_FEATURE_SET_MASTER = 1;

    /// <summary>VFIO_DEVICE_FEATURE_BUS_MASTER.</summary>
    public const uint VFIO_DEVICE_FEATURE_BUS_MASTER = 0xa;

    /// <summary>VFIO_DEVICE_FEATURE_DMA_BUF.</summary>
    public const uint VFIO_DEVICE_FEATURE_DMA_BUF = 0xb;

    /// <summary>VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2.</summary>
    public const uint VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2 = 0xc;

    /// <summary>VFIO_IOMMU_INFO_PGSIZES.</summary>
    public const uint VFIO_IOMMU_INFO_PGSIZES = 1;

    /// <summary>VFIO_IOMMU_INFO_CAPS.</summary>
    public const uint VFIO_IOMMU_INFO_CAPS = 2;

    /// <summary>VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE.</summary>
    public const uint VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE = 1;

    /// <summary>VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION.</summary>
    public const uint VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION = 2;

    /// <summary>VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL.</summary>
    public const uint VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL = 3;

    /// <summary>VFIO_IOMMU_GET_INFO.</summary>
    public const uint VFIO_IOMMU_GET_INFO = 0x3b70;

    /// <summary>VFIO_DMA_MAP_FLAG_READ.</summary>
    public const uint VFIO_DMA_MAP_FLAG_READ = 1;

    /// <summary>VFIO_DMA_MAP_FLAG_WRITE.</summary>
    public const uint VFIO_DMA_MAP_FLAG_WRITE = 2;

    /// <summary>VFIO_DMA_MAP_FLAG_VADDR.</summary>
    public const uint VFIO_DMA_MAP_FLAG_VADDR = 4;

    /// <summary>VFIO_IOMMU_MAP_DMA.</summary>
    public const uint VFIO_IOMMU_MAP_DMA = 0x3b71;

    /// <summary>VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP.</summary>
    public const uint VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP = 1;

    /// <summary>VFIO_DMA_UNMAP_FLAG_ALL.</summary>
    public const uint VFIO_DMA_UNMAP_FLAG_ALL = 2;

    /// <summary>VFIO_DMA_UNMAP_FLAG_VADDR.</summary>
    public const uint VFIO_DMA_UNMAP_FLAG_VADDR = 4;

    /// <summary>VFIO_IOMMU_UNMAP_DMA.</summary>
    public const uint VFIO_IOMMU_UNMAP_DMA = 0x3b72;

    /// <summary>VFIO_IOMMU_DIRTY_PAGES_FLAG_START.</summary>
    public const uint VFIO_IOMMU_DIRTY_PAGES_FLAG_START = 1;

    /// <summary>VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP.</summary>
    public const uint VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP = 2;

    /// <summary>VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP.</summary>
    public const uint VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP = 4;

    /// <summary>VFIO_IOMMU_DIRTY_PAGES.</summary>
    public const uint VFIO_IOMMU_DIRTY_PAGES = 0x3b75;

    /// <summary>VFIO_PCI_BAR0_REGION_INDEX.</summary>
    public const uint VFIO_PCI_BAR0_REGION_INDEX = 0;

    /// <summary>VFIO_PCI_BAR1_REGION_INDEX.</summary>
    public const uint VFIO_PCI_BAR1_REGION_INDEX = 1;

    /// <summary>VFIO_PCI_BAR2_REGION_INDEX.</summary>
    public const uint VFIO_PCI_BAR2_REGION_INDEX = 2;

    /// <summary>VFIO_PCI_BAR3_REGION_INDEX.</summary>
    public const uint VFIO_PCI_BAR3_REGION_INDEX = 3;

    /// <summary>VFIO_PCI_BAR4_REGION_INDEX.</summary>
    public const uint VFIO_PCI_BAR4_REGION_INDEX = 4;

    /// <summary>VFIO_PCI_BAR5_REGION_INDEX.</summary>
    public const uint VFIO_PCI_BAR5_REGION_INDEX = 5;

    /// <summary>VFIO_PCI_ROM_REGION_INDEX.</summary>
    public const uint VFIO_PCI_ROM_REGION_INDEX = 6;

    /// <summary>VFIO_PCI_CONFIG_REGION_INDEX.</summary>
    public const uint VFIO_PCI_CONFIG_REGION_INDEX = 7;

    /// <summary>VFIO_PCI_VGA_REGION_INDEX.</summary>
    public const uint VFIO_PCI_VGA_REGION_INDEX = 8;

    /// <summary>VFIO_PCI_NUM_REGIONS.</summary>
    public const uint VFIO_PCI_NUM_REGIONS = 9;

    /// <summary>VFIO_PCI_INTX_IRQ_INDEX.</summary>
    public const uint VFIO_PCI_INTX_IRQ_INDEX = 0;

    /// <summary>VFIO_PCI_MSI_IRQ_INDEX.</summary>
    public const uint VFIO_PCI_MSI_IRQ_INDEX = 1;

    /// <summary>VFIO_PCI_MSIX_IRQ_INDEX.</summary>
    public const uint VFIO_PCI_MSIX_IRQ_INDEX = 2;

    /// <summary>VFIO_PCI_ERR_IRQ_INDEX.</summary>
    public const uint VFIO_PCI_ERR_IRQ_INDEX = 3;

    /// <summary>VFIO_PCI_REQ_IRQ_INDEX.</summary>
    public const uint VFIO_PCI_REQ_IRQ_INDEX = 4;

    /// <summary>VFIO_PCI_NUM_IRQS.</summary>
    public const uint VFIO_PCI_NUM_IRQS = 5;

    /// <summary>VFIO_CCW_CONFIG_REGION_INDEX.</summary>
    public const uint VFIO_CCW_CONFIG_REGION_INDEX = 0;

    /// <summary>VFIO_CCW_NUM_REGIONS.</summary>
    public const uint VFIO_CCW_NUM_REGIONS = 1;

    /// <summary>VFIO_CCW_IO_IRQ_INDEX.</summary>
    public const uint VFIO_CCW_IO_IRQ_INDEX = 0;

    /// <summary>VFIO_CCW_CRW_IRQ_INDEX.</summary>
    public const uint VFIO_CCW_CRW_IRQ_INDEX = 1;

    /// <summary>VFIO_CCW_REQ_IRQ_INDEX.</summary>
    public const uint VFIO_CCW_REQ_IRQ_INDEX = 2;

    /// <summary>VFIO_CCW_NUM_IRQS.</summary>
    public const uint VFIO_CCW_NUM_IRQS = 3;

    /// <summary>VFIO_AP_REQ_IRQ_INDEX.</summary>
    public const uint VFIO_AP_REQ_IRQ_INDEX = 0;

    /// <summary>VFIO_AP_CFG_CHG_IRQ_INDEX.</summary>
    public const uint VFIO_AP_CFG_CHG_IRQ_INDEX = 1;

    /// <summary>VFIO_AP_NUM_IRQS.</summary>
    public const uint VFIO_AP_NUM_IRQS = 2;

    /// <summary>VFIO_DEVICE_STATE_ERROR.</summary>
    public const uint VFIO_DEVICE_STATE_ERROR = 0;

    /// <summary>VFIO_DEVICE_STATE_STOP.</summary>
    public const uint VFIO_DEVICE_STATE_STOP = 1;

    /// <summary>VFIO_DEVICE_STATE_RUNNING.</summary>
    public const uint VFIO_DEVICE_STATE_RUNNING = 2;

    /// <summary>VFIO_DEVICE_STATE_STOP_COPY.</summary>
    public const uint VFIO_DEVICE_STATE_STOP_COPY = 3;

    /// <summary>VFIO_DEVICE_STATE_RESUMING.</summary>
    public const uint VFIO_DEVICE_STATE_RESUMING = 4;

    /// <summary>VFIO_DEVICE_STATE_RUNNING_P2P.</summary>
    public const uint VFIO_DEVICE_STATE_RUNNING_P2P = 5;

    /// <summary>VFIO_DEVICE_STATE_PRE_COPY.</summary>
    public const uint VFIO_DEVICE_STATE_PRE_COPY = 6;

    /// <summary>VFIO_DEVICE_STATE_PRE_COPY_P2P.</summary>
    public const uint VFIO_DEVICE_STATE_PRE_COPY_P2P = 7;

    /// <summary>VFIO_DEVICE_STATE_NR.</summary>
    public const uint VFIO_DEVICE_STATE_NR = 8;
}
