namespace Vfio.Uapi;

/// <summary>
/// The numbers of linux/vfio.h as Linux 7.2 has them, under the header's own names, without those of sPAPR, EEH and NVLink.
/// </summary>
public static class VfioUapi
{
    /// <summary>What <see cref="VFIO_GET_API_VERSION"/> returns. It has never changed.</summary>
    public const uint VFIO_API_VERSION = 0;

    /// <summary>Extension and IOMMU model: type1, whose unmap may cut mappings.</summary>
    public const uint VFIO_TYPE1_IOMMU = 1;

    /// <summary>Extension and IOMMU model: type1 whose unmap takes whole mappings only. Since Linux 3.15.</summary>
    public const uint VFIO_TYPE1v2_IOMMU = 3;

    /// <summary>
    /// Extension: no-snoop DMA is made coherent for every group now in the container. Changes as groups come and go. Since Linux 3.15.
    /// </summary>
    public const uint VFIO_DMA_CC_IOMMU = 4;

    /// <summary>Extension that was VFIO_TYPE1_NESTING_IOMMU; Linux 6.12 still says 1, 7.2 says 0.</summary>
    public const uint __VFIO_RESERVED_TYPE1_NESTING_IOMMU = 6;

    /// <summary>Extension and IOMMU model: none at all, no translation and no protection. Taints the kernel. Since Linux 4.5.</summary>
    public const uint VFIO_NOIOMMU_IOMMU = 8;

    /// <summary>Extension: <see cref="VFIO_DMA_UNMAP_FLAG_ALL"/> works. Since Linux 5.12.</summary>
    public const uint VFIO_UNMAP_ALL = 9;

    /// <summary>
    /// Extension: <see cref="VFIO_DMA_MAP_FLAG_VADDR"/> and <see cref="VFIO_DMA_UNMAP_FLAG_VADDR"/> work. Since Linux 5.12.
    /// </summary>
    public const uint VFIO_UPDATE_VADDR = 0xA;

    /// <summary>The ioctl type byte of every VFIO call: ';'.</summary>
    public const uint VFIO_TYPE = 0x3B;

    /// <summary>The first ioctl number of VFIO.</summary>
    public const uint VFIO_BASE = 100;

    /// <summary>Container: the API's version is the result.</summary>
    public const uint VFIO_GET_API_VERSION = 0x3B64;

    /// <summary>Container: whether the extension given by value is supported is the result: 0, or positive.</summary>
    public const uint VFIO_CHECK_EXTENSION = 0x3B65;

    /// <summary>Container: chooses the IOMMU model given by value, once a group is in.</summary>
    public const uint VFIO_SET_IOMMU = 0x3B66;

    /// <summary>No function of the group is in the hands of a kernel driver: it can be used.</summary>
    public const uint VFIO_GROUP_FLAGS_VIABLE = 1;

    /// <summary>The group is in a container.</summary>
    public const uint VFIO_GROUP_FLAGS_CONTAINER_SET = 2;

    /// <summary>Group: <see cref="VfioGroupStatus"/>.</summary>
    public const uint VFIO_GROUP_GET_STATUS = 0x3B67;

    /// <summary>Group: puts it into the container, or iommufd, whose descriptor the argument points to.</summary>
    public const uint VFIO_GROUP_SET_CONTAINER = 0x3B68;

    /// <summary>Group: takes it out of its container.</summary>
    public const uint VFIO_GROUP_UNSET_CONTAINER = 0x3B69;

    /// <summary>Group: opens the device whose name the argument points to; the result is its descriptor.</summary>
    public const uint VFIO_GROUP_GET_DEVICE_FD = 0x3B6A;

    /// <summary><see cref="VFIO_DEVICE_RESET"/> works.</summary>
    public const uint VFIO_DEVICE_FLAGS_RESET = 1;

    /// <summary>A PCI function.</summary>
    public const uint VFIO_DEVICE_FLAGS_PCI = 2;

    /// <summary>A platform device.</summary>
    public const uint VFIO_DEVICE_FLAGS_PLATFORM = 4;

    /// <summary>An AMBA device.</summary>
    public const uint VFIO_DEVICE_FLAGS_AMBA = 8;

    /// <summary>An s390 channel device.</summary>
    public const uint VFIO_DEVICE_FLAGS_CCW = 0x10;

    /// <summary>An s390 cryptographic adapter.</summary>
    public const uint VFIO_DEVICE_FLAGS_AP = 0x20;

    /// <summary>A device of NXP's management complex.</summary>
    public const uint VFIO_DEVICE_FLAGS_FSL_MC = 0x40;

    /// <summary>There are capabilities.</summary>
    public const uint VFIO_DEVICE_FLAGS_CAPS = 0x80;

    /// <summary>A device on AMD's CDX bus.</summary>
    public const uint VFIO_DEVICE_FLAGS_CDX = 0x100;

    /// <summary>Device: <see cref="VfioDeviceInfo"/>.</summary>
    public const uint VFIO_DEVICE_GET_INFO = 0x3B6B;

    /// <summary>What a mediated PCI device calls its API in sysfs.</summary>
    public const string VFIO_DEVICE_API_PCI_STRING = "vfio-pci";

    /// <summary>What a mediated platform device calls its API in sysfs.</summary>
    public const string VFIO_DEVICE_API_PLATFORM_STRING = "vfio-platform";

    /// <summary>What a mediated AMBA device calls its API in sysfs.</summary>
    public const string VFIO_DEVICE_API_AMBA_STRING = "vfio-amba";

    /// <summary>What a mediated channel device calls its API in sysfs.</summary>
    public const string VFIO_DEVICE_API_CCW_STRING = "vfio-ccw";

    /// <summary>What a mediated cryptographic adapter calls its API in sysfs.</summary>
    public const string VFIO_DEVICE_API_AP_STRING = "vfio-ap";

    /// <summary>Capability of s390 PCI: base information.</summary>
    public const uint VFIO_DEVICE_INFO_CAP_ZPCI_BASE = 1;

    /// <summary>Capability of s390 PCI: group information.</summary>
    public const uint VFIO_DEVICE_INFO_CAP_ZPCI_GROUP = 2;

    /// <summary>Capability of s390 PCI: utility string.</summary>
    public const uint VFIO_DEVICE_INFO_CAP_ZPCI_UTIL = 3;

    /// <summary>Capability of s390 PCI: function path.</summary>
    public const uint VFIO_DEVICE_INFO_CAP_ZPCI_PFIP = 4;

    /// <summary>Capability: <see cref="VfioDeviceInfoCapPciAtomicComp"/>.</summary>
    public const uint VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP = 5;

    /// <summary>32-bit atomic operations are completed.</summary>
    public const uint VFIO_PCI_ATOMIC_COMP32 = 1;

    /// <summary>64-bit atomic operations are completed.</summary>
    public const uint VFIO_PCI_ATOMIC_COMP64 = 2;

    /// <summary>128-bit compare-and-swap is completed.</summary>
    public const uint VFIO_PCI_ATOMIC_COMP128 = 4;

    /// <summary>The region can be read.</summary>
    public const uint VFIO_REGION_INFO_FLAG_READ = 1;

    /// <summary>The region can be written.</summary>
    public const uint VFIO_REGION_INFO_FLAG_WRITE = 2;

    /// <summary>The region, or the parts its capability lists, can be mapped.</summary>
    public const uint VFIO_REGION_INFO_FLAG_MMAP = 4;

    /// <summary>There are capabilities.</summary>
    public const uint VFIO_REGION_INFO_FLAG_CAPS = 8;

    /// <summary>Device: <see cref="VfioRegionInfo"/>.</summary>
    public const uint VFIO_DEVICE_GET_REGION_INFO = 0x3B6C;

    /// <summary>Capability: <see cref="VfioRegionInfoCapSparseMmap"/>. Since Linux 4.6.</summary>
    public const uint VFIO_REGION_INFO_CAP_SPARSE_MMAP = 1;

    /// <summary>Capability: <see cref="VfioRegionInfoCapType"/>. Since Linux 4.6.</summary>
    public const uint VFIO_REGION_INFO_CAP_TYPE = 2;

    /// <summary>The type is a PCI vendor's own.</summary>
    public const uint VFIO_REGION_TYPE_PCI_VENDOR_TYPE = 0x80000000;

    /// <summary>The vendor id in such a type.</summary>
    public const uint VFIO_REGION_TYPE_PCI_VENDOR_MASK = 0xFFFF;

    /// <summary>A virtual display's region.</summary>
    public const uint VFIO_REGION_TYPE_GFX = 1;

    /// <summary>A channel device's region.</summary>
    public const uint VFIO_REGION_TYPE_CCW = 2;

    /// <summary>A version 1 migration region; no driver has one any more.</summary>
    public const uint VFIO_REGION_TYPE_MIGRATION_DEPRECATED = 3;

    /// <summary>Vendor 8086: the OpRegion of an integrated display.</summary>
    public const uint VFIO_REGION_SUBTYPE_INTEL_IGD_OPREGION = 1;

    /// <summary>Vendor 8086: the host bridge's configuration space.</summary>
    public const uint VFIO_REGION_SUBTYPE_INTEL_IGD_HOST_CFG = 2;

    /// <summary>Vendor 8086: the LPC bridge's configuration space.</summary>
    public const uint VFIO_REGION_SUBTYPE_INTEL_IGD_LPC_CFG = 3;

    /// <summary>A display's EDID: <see cref="VfioRegionGfxEdid"/>.</summary>
    public const uint VFIO_REGION_SUBTYPE_GFX_EDID = 1;

    /// <summary>The virtual monitor is on.</summary>
    public const uint VFIO_DEVICE_GFX_LINK_STATE_UP = 1;

    /// <summary>The virtual monitor is off.</summary>
    public const uint VFIO_DEVICE_GFX_LINK_STATE_DOWN = 2;

    /// <summary>A channel device's region for asynchronous commands.</summary>
    public const uint VFIO_REGION_SUBTYPE_CCW_ASYNC_CMD = 1;

    /// <summary>A channel device's subchannel information block.</summary>
    public const uint VFIO_REGION_SUBTYPE_CCW_SCHIB = 2;

    /// <summary>A channel device's channel report words.</summary>
    public const uint VFIO_REGION_SUBTYPE_CCW_CRW = 3;

    /// <summary>The one subtype of version 1 migration: <see cref="VfioDeviceMigrationInfo"/>.</summary>
    public const uint VFIO_REGION_SUBTYPE_MIGRATION_DEPRECATED = 1;

    /// <summary>Version 1 migration: stopped.</summary>
    public const uint VFIO_DEVICE_STATE_V1_STOP = 0;

    /// <summary>Version 1 migration: running.</summary>
    public const uint VFIO_DEVICE_STATE_V1_RUNNING = 1;

    /// <summary>Version 1 migration: state can be read.</summary>
    public const uint VFIO_DEVICE_STATE_V1_SAVING = 2;

    /// <summary>Version 1 migration: state can be written.</summary>
    public const uint VFIO_DEVICE_STATE_V1_RESUMING = 4;

    /// <summary>Version 1 migration: the bits that are a state.</summary>
    public const uint VFIO_DEVICE_STATE_MASK = 7;

    /// <summary>
    /// Capability without content: pages that hold the MSI-X table can be mapped with the rest. Interrupts are still set up by
    /// <see cref="VFIO_DEVICE_SET_IRQS"/> only. Since Linux 4.16.
    /// </summary>
    public const uint VFIO_REGION_INFO_CAP_MSIX_MAPPABLE = 3;

    /// <summary>The interrupts can signal an eventfd.</summary>
    public const uint VFIO_IRQ_INFO_EVENTFD = 1;

    /// <summary>The interrupts can be masked and unmasked.</summary>
    public const uint VFIO_IRQ_INFO_MASKABLE = 2;

    /// <summary>The kernel masks the interrupt each time it fires, until the caller unmasks it.</summary>
    public const uint VFIO_IRQ_INFO_AUTOMASKED = 4;

    /// <summary>The number in use is fixed once enabled: to add one, switch the kind off first.</summary>
    public const uint VFIO_IRQ_INFO_NORESIZE = 8;

    /// <summary>Device: <see cref="VfioIrqInfo"/>.</summary>
    public const uint VFIO_DEVICE_GET_IRQ_INFO = 0x3B6D;

    /// <summary>No data: the action is for all of the range.</summary>
    public const uint VFIO_IRQ_SET_DATA_NONE = 1;

    /// <summary>A byte each: zero leaves that interrupt out.</summary>
    public const uint VFIO_IRQ_SET_DATA_BOOL = 2;

    /// <summary>A 32-bit descriptor each; -1 disconnects.</summary>
    public const uint VFIO_IRQ_SET_DATA_EVENTFD = 4;

    /// <summary>Mask, now or when the eventfd is signalled.</summary>
    public const uint VFIO_IRQ_SET_ACTION_MASK = 8;

    /// <summary>Unmask, now or when the eventfd is signalled.</summary>
    public const uint VFIO_IRQ_SET_ACTION_UNMASK = 0x10;

    /// <summary>Connect what the interrupt signals, or without a descriptor fire it.</summary>
    public const uint VFIO_IRQ_SET_ACTION_TRIGGER = 0x20;

    /// <summary>Device: <see cref="VfioIrqSet"/>. A positive result for MSI or MSI-X: fewer vectors can be had, this many.</summary>
    public const uint VFIO_DEVICE_SET_IRQS = 0x3B6E;

    /// <summary>The flags of which one says what the data is.</summary>
    public const uint VFIO_IRQ_SET_DATA_TYPE_MASK = 7;

    /// <summary>The flags of which one says what to do.</summary>
    public const uint VFIO_IRQ_SET_ACTION_TYPE_MASK = 0x38;

    /// <summary>Device: function reset; no argument.</summary>
    public const uint VFIO_DEVICE_RESET = 0x3B6F;

    /// <summary>Not bound to the asking iommufd, but nobody else can have it either.</summary>
    public const uint VFIO_PCI_DEVID_OWNED = 0;

    /// <summary>Not the caller's (-1 as C has it): a hot reset will be refused.</summary>
    public const uint VFIO_PCI_DEVID_NOT_OWNED = 0xFFFFFFFF;

    /// <summary>Devices are named by iommufd ids instead of groups.</summary>
    public const uint VFIO_PCI_HOT_RESET_FLAG_DEV_ID = 1;

    /// <summary>All of them are the caller's: the reset can be done.</summary>
    public const uint VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED = 2;

    /// <summary>Device: <see cref="VfioPciHotResetInfo"/>. The same number as <see cref="VFIO_IOMMU_GET_INFO"/>.</summary>
    public const uint VFIO_DEVICE_GET_PCI_HOT_RESET_INFO = 0x3B70;

    /// <summary>Device: <see cref="VfioPciHotReset"/>. The same number as <see cref="VFIO_IOMMU_MAP_DMA"/>.</summary>
    public const uint VFIO_DEVICE_PCI_HOT_RESET = 0x3B71;

    /// <summary>Only ask whether the form is supported.</summary>
    public const uint VFIO_GFX_PLANE_TYPE_PROBE = 1;

    /// <summary>The plane as dma-buf.</summary>
    public const uint VFIO_GFX_PLANE_TYPE_DMABUF = 2;

    /// <summary>The plane as region.</summary>
    public const uint VFIO_GFX_PLANE_TYPE_REGION = 4;

    /// <summary>Device: <see cref="VfioDeviceGfxPlaneInfo"/>.</summary>
    public const uint VFIO_DEVICE_QUERY_GFX_PLANE = 0x3B72;

    /// <summary>Device: a descriptor of the dma-buf whose 32-bit id the argument points to.</summary>
    public const uint VFIO_DEVICE_GET_GFX_DMABUF = 0x3B73;

    /// <summary>Write one byte.</summary>
    public const uint VFIO_DEVICE_IOEVENTFD_8 = 1;

    /// <summary>Write two bytes.</summary>
    public const uint VFIO_DEVICE_IOEVENTFD_16 = 2;

    /// <summary>Write four bytes.</summary>
    public const uint VFIO_DEVICE_IOEVENTFD_32 = 4;

    /// <summary>Write eight bytes.</summary>
    public const uint VFIO_DEVICE_IOEVENTFD_64 = 8;

    /// <summary>The bits of which exactly one is set.</summary>
    public const uint VFIO_DEVICE_IOEVENTFD_SIZE_MASK = 0xF;

    /// <summary>Device: <see cref="VfioDeviceIoeventfd"/>.</summary>
    public const uint VFIO_DEVICE_IOEVENTFD = 0x3B74;

    /// <summary>The bits of the flags that hold the feature's number.</summary>
    public const uint VFIO_DEVICE_FEATURE_MASK = 0xFFFF;

    /// <summary>Read the feature's data.</summary>
    public const uint VFIO_DEVICE_FEATURE_GET = 0x10000;

    /// <summary>Set the feature, from its data.</summary>
    public const uint VFIO_DEVICE_FEATURE_SET = 0x20000;

    /// <summary>Only ask whether the feature, and get or set of it, is supported.</summary>
    public const uint VFIO_DEVICE_FEATURE_PROBE = 0x40000;

    /// <summary>Device: <see cref="VfioDeviceFeature"/>.</summary>
    public const uint VFIO_DEVICE_FEATURE = 0x3B75;

    /// <summary>A VF token is given. Since Linux 6.17.</summary>
    public const uint VFIO_DEVICE_BIND_FLAG_TOKEN = 1;

    /// <summary>Device opened by its node: <see cref="VfioDeviceBindIommufd"/>.</summary>
    public const uint VFIO_DEVICE_BIND_IOMMUFD = 0x3B76;

    /// <summary>A PASID is given. Since Linux 6.15.</summary>
    public const uint VFIO_DEVICE_ATTACH_PASID = 1;

    /// <summary>Device opened by its node: <see cref="VfioDeviceAttachIommufdPt"/>.</summary>
    public const uint VFIO_DEVICE_ATTACH_IOMMUFD_PT = 0x3B77;

    /// <summary>A PASID is given. Since Linux 6.15.</summary>
    public const uint VFIO_DEVICE_DETACH_PASID = 1;

    /// <summary>Device opened by its node: <see cref="VfioDeviceDetachIommufdPt"/>.</summary>
    public const uint VFIO_DEVICE_DETACH_IOMMUFD_PT = 0x3B78;

    /// <summary>Feature: the 16-byte secret that openers of virtual functions must know. Set on a physical function.</summary>
    public const uint VFIO_DEVICE_FEATURE_PCI_VF_TOKEN = 0;

    /// <summary>The device has the states STOP, STOP_COPY and RESUMING.</summary>
    public const uint VFIO_MIGRATION_STOP_COPY = 1;

    /// <summary>The device has RUNNING_P2P too.</summary>
    public const uint VFIO_MIGRATION_P2P = 2;

    /// <summary>The device has PRE_COPY too, and PRE_COPY_P2P if it has RUNNING_P2P. Since Linux 6.2.</summary>
    public const uint VFIO_MIGRATION_PRE_COPY = 4;

    /// <summary>Feature: <see cref="VfioDeviceFeatureMigration"/>. Get.</summary>
    public const uint VFIO_DEVICE_FEATURE_MIGRATION = 1;

    /// <summary>Feature: <see cref="VfioDeviceFeatureMigState"/>. Get and set.</summary>
    public const uint VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE = 2;

    /// <summary>There is new first state to read; the estimates begin anew.</summary>
    public const uint VFIO_PRECOPY_INFO_REINIT = 1;

    /// <summary>Migration data file: <see cref="VfioPrecopyInfo"/>.</summary>
    public const uint VFIO_MIG_GET_PRECOPY_INFO = 0x3B79;

    /// <summary>Feature, set without data: the device may sleep whenever nobody uses it. Its mappings do not work meanwhile.</summary>
    public const uint VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY = 3;

    /// <summary>
    /// Feature: <see cref="VfioDeviceLowPowerEntryWithWakeup"/>. Set: the device may sleep once, and its waking is signalled.
    /// </summary>
    public const uint VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP = 4;

    /// <summary>Feature, set without data: the device may not sleep any more.</summary>
    public const uint VFIO_DEVICE_FEATURE_LOW_POWER_EXIT = 5;

    /// <summary>Feature: <see cref="VfioDeviceFeatureDmaLoggingControl"/>. Set: the device logs its writes.</summary>
    public const uint VFIO_DEVICE_FEATURE_DMA_LOGGING_START = 6;

    /// <summary>Feature, set without data: the device stops logging.</summary>
    public const uint VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP = 7;

    /// <summary>Feature: <see cref="VfioDeviceFeatureDmaLoggingReport"/>. Get.</summary>
    public const uint VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT = 8;

    /// <summary>Feature: <see cref="VfioDeviceFeatureMigDataSize"/>. Get.</summary>
    public const uint VFIO_DEVICE_FEATURE_MIG_DATA_SIZE = 9;

    /// <summary>Bus mastering off.</summary>
    public const uint VFIO_DEVICE_FEATURE_CLEAR_MASTER = 0;

    /// <summary>Bus mastering on.</summary>
    public const uint VFIO_DEVICE_FEATURE_SET_MASTER = 1;

    /// <summary>Feature of CDX devices: <see cref="VfioDeviceFeatureBusMaster"/>. Set.</summary>
    public const uint VFIO_DEVICE_FEATURE_BUS_MASTER = 0xA;

    /// <summary>Feature: <see cref="VfioDeviceFeatureDmaBuf"/>. Get; the ioctl's result is the descriptor.</summary>
    public const uint VFIO_DEVICE_FEATURE_DMA_BUF = 0xB;

    /// <summary>Feature, set without data: the flags of <see cref="VfioPrecopyInfo"/> count.</summary>
    public const uint VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2 = 0xC;

    /// <summary>The page sizes are filled in.</summary>
    public const uint VFIO_IOMMU_INFO_PGSIZES = 1;

    /// <summary>There are capabilities.</summary>
    public const uint VFIO_IOMMU_INFO_CAPS = 2;

    /// <summary>Capability: <see cref="VfioIommuType1InfoCapIovaRange"/>.</summary>
    public const uint VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE = 1;

    /// <summary>Capability: <see cref="VfioIommuType1InfoCapMigration"/>.</summary>
    public const uint VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION = 2;

    /// <summary>Capability: <see cref="VfioIommuType1InfoDmaAvail"/>.</summary>
    public const uint VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL = 3;

    /// <summary>Container: <see cref="VfioIommuType1Info"/>.</summary>
    public const uint VFIO_IOMMU_GET_INFO = 0x3B70;

    /// <summary>Devices may read.</summary>
    public const uint VFIO_DMA_MAP_FLAG_READ = 1;

    /// <summary>Devices may write.</summary>
    public const uint VFIO_DMA_MAP_FLAG_WRITE = 2;

    /// <summary>The mapping exists; its memory has this address now.</summary>
    public const uint VFIO_DMA_MAP_FLAG_VADDR = 4;

    /// <summary>Container: <see cref="VfioIommuType1DmaMap"/>.</summary>
    public const uint VFIO_IOMMU_MAP_DMA = 0x3B71;

    /// <summary>Report dirty pages of what is unmapped.</summary>
    public const uint VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP = 1;

    /// <summary>Unmap everything; IOVA and size are zero.</summary>
    public const uint VFIO_DMA_UNMAP_FLAG_ALL = 2;

    /// <summary>Unmap nothing, but forget the memory's address; DMA goes on.</summary>
    public const uint VFIO_DMA_UNMAP_FLAG_VADDR = 4;

    /// <summary>Container: <see cref="VfioIommuType1DmaUnmap"/>.</summary>
    public const uint VFIO_IOMMU_UNMAP_DMA = 0x3B72;

    /// <summary>Start logging.</summary>
    public const uint VFIO_IOMMU_DIRTY_PAGES_FLAG_START = 1;

    /// <summary>Stop logging.</summary>
    public const uint VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP = 2;

    /// <summary>Read the log of a range.</summary>
    public const uint VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP = 4;

    /// <summary>Container: <see cref="VfioIommuType1DirtyBitmap"/>.</summary>
    public const uint VFIO_IOMMU_DIRTY_PAGES = 0x3B75;

    /// <summary>Region: base address register 0.</summary>
    public const uint VFIO_PCI_BAR0_REGION_INDEX = 0;

    /// <summary>Region: base address register 1; size 0 if it is the upper half of a 64-bit one.</summary>
    public const uint VFIO_PCI_BAR1_REGION_INDEX = 1;

    /// <summary>Region: base address register 2.</summary>
    public const uint VFIO_PCI_BAR2_REGION_INDEX = 2;

    /// <summary>Region: base address register 3; size 0 if it is the upper half of a 64-bit one.</summary>
    public const uint VFIO_PCI_BAR3_REGION_INDEX = 3;

    /// <summary>Region: base address register 4.</summary>
    public const uint VFIO_PCI_BAR4_REGION_INDEX = 4;

    /// <summary>Region: base address register 5; size 0 if it is the upper half of a 64-bit one.</summary>
    public const uint VFIO_PCI_BAR5_REGION_INDEX = 5;

    /// <summary>Region: expansion ROM; read only.</summary>
    public const uint VFIO_PCI_ROM_REGION_INDEX = 6;

    /// <summary>Region: configuration space, 256 or 4096 bytes, virtualised by the kernel; never mapped.</summary>
    public const uint VFIO_PCI_CONFIG_REGION_INDEX = 7;

    /// <summary>Region: legacy VGA ports and memory at their own addresses.</summary>
    public const uint VFIO_PCI_VGA_REGION_INDEX = 8;

    /// <summary>How many regions are fixed; from this index on they are device specific, with a type capability.</summary>
    public const uint VFIO_PCI_NUM_REGIONS = 9;

    /// <summary>Interrupt: the line. Level triggered, so automasked.</summary>
    public const uint VFIO_PCI_INTX_IRQ_INDEX = 0;

    /// <summary>Interrupt: MSI vectors.</summary>
    public const uint VFIO_PCI_MSI_IRQ_INDEX = 1;

    /// <summary>Interrupt: MSI-X vectors.</summary>
    public const uint VFIO_PCI_MSIX_IRQ_INDEX = 2;

    /// <summary>Interrupt: an uncorrectable PCIe error (AER).</summary>
    public const uint VFIO_PCI_ERR_IRQ_INDEX = 3;

    /// <summary>Interrupt: the kernel wants the device back.</summary>
    public const uint VFIO_PCI_REQ_IRQ_INDEX = 4;

    /// <summary>How many kinds of interrupt there are.</summary>
    public const uint VFIO_PCI_NUM_IRQS = 5;

    /// <summary>Region of a channel device: its I/O.</summary>
    public const uint VFIO_CCW_CONFIG_REGION_INDEX = 0;

    /// <summary>How many regions of a channel device are fixed.</summary>
    public const uint VFIO_CCW_NUM_REGIONS = 1;

    /// <summary>Interrupt of a channel device: I/O.</summary>
    public const uint VFIO_CCW_IO_IRQ_INDEX = 0;

    /// <summary>Interrupt of a channel device: channel reports.</summary>
    public const uint VFIO_CCW_CRW_IRQ_INDEX = 1;

    /// <summary>Interrupt of a channel device: the kernel wants it back.</summary>
    public const uint VFIO_CCW_REQ_IRQ_INDEX = 2;

    /// <summary>How many kinds of interrupt a channel device has.</summary>
    public const uint VFIO_CCW_NUM_IRQS = 3;

    /// <summary>Interrupt of a cryptographic adapter: the kernel wants it back.</summary>
    public const uint VFIO_AP_REQ_IRQ_INDEX = 0;

    /// <summary>Interrupt of a cryptographic adapter: its configuration changed.</summary>
    public const uint VFIO_AP_CFG_CHG_IRQ_INDEX = 1;

    /// <summary>How many kinds of interrupt a cryptographic adapter has.</summary>
    public const uint VFIO_AP_NUM_IRQS = 2;

    /// <summary>Migration: failed; only a reset leads out. Cannot be asked for.</summary>
    public const uint VFIO_DEVICE_STATE_ERROR = 0;

    /// <summary>Migration: stopped, nothing changes.</summary>
    public const uint VFIO_DEVICE_STATE_STOP = 1;

    /// <summary>Migration: running.</summary>
    public const uint VFIO_DEVICE_STATE_RUNNING = 2;

    /// <summary>Migration: stopped, state can be read to its end.</summary>
    public const uint VFIO_DEVICE_STATE_STOP_COPY = 3;

    /// <summary>Migration: stopped, state can be written.</summary>
    public const uint VFIO_DEVICE_STATE_RESUMING = 4;

    /// <summary>Migration: running, but starts no DMA to other devices.</summary>
    public const uint VFIO_DEVICE_STATE_RUNNING_P2P = 5;

    /// <summary>Migration: running, state can be read ahead.</summary>
    public const uint VFIO_DEVICE_STATE_PRE_COPY = 6;

    /// <summary>Migration: as PRE_COPY, but starts no DMA to other devices.</summary>
    public const uint VFIO_DEVICE_STATE_PRE_COPY_P2P = 7;

    /// <summary>How many migration states there are.</summary>
    public const uint VFIO_DEVICE_STATE_NR = 8;
}
