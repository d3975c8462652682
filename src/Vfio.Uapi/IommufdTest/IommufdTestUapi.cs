namespace Vfio.Uapi;

/// <summary>
/// The numbers of the iommufd test interface (drivers/iommu/iommufd/iommufd_test.h) as Linux 7.2 has them, under the header's own
/// names: mock devices without hardware.
/// </summary>
public static class IommufdTestUapi
{
    /// <summary>A PASID that the tests keep for themselves.</summary>
    public const uint IOMMU_TEST_PASID_RESERVED = 1024;

    /// <summary>The test interface: <see cref="IommuTestCmd"/>. Only in kernels built with CONFIG_IOMMUFD_TEST.</summary>
    public const uint IOMMU_TEST_CMD = 0x3BA0;

    /// <summary>Bits of PASID a mock device has.</summary>
    public const uint MOCK_PASID_WIDTH = 20;

    /// <summary>The hardware information is <see cref="IommuTestHwInfo"/>.</summary>
    public const uint IOMMU_HW_INFO_TYPE_SELFTEST = 0xFEEDBEEF;

    /// <summary>What a mock device's register reads as.</summary>
    public const uint IOMMU_HW_INFO_SELFTEST_REGVAL = 0xDEADBEEF;

    /// <summary>The HWPT data is <see cref="IommuHwptSelftest"/>.</summary>
    public const uint IOMMU_HWPT_DATA_SELFTEST = 0xDEAD;

    /// <summary>What an entry of a mock translation cache starts as.</summary>
    public const uint IOMMU_TEST_IOTLB_DEFAULT = 0xBADBEEF;

    /// <summary>What an entry of a mock device's cache starts as.</summary>
    public const uint IOMMU_TEST_DEV_CACHE_DEFAULT = 0xBADDAD;

    /// <summary>The requests are <see cref="IommuHwptInvalidateSelftest"/>.</summary>
    public const uint IOMMU_HWPT_INVALIDATE_DATA_SELFTEST = 0xDEADBEEF;

    /// <summary>A type of request that mock tables refuse.</summary>
    public const uint IOMMU_HWPT_INVALIDATE_DATA_SELFTEST_INVALID = 0xDADBEEF;

    /// <summary>Every entry is meant.</summary>
    public const uint IOMMU_TEST_INVALIDATE_FLAG_ALL = 1;

    /// <summary>A mock vIOMMU: <see cref="IommuViommuSelftest"/>.</summary>
    public const uint IOMMU_VIOMMU_TYPE_SELFTEST = 0xDEADBEEF;

    /// <summary>The requests are <see cref="IommuViommuInvalidateSelftest"/>.</summary>
    public const uint IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST = 0xDEADBEEF;

    /// <summary>A type of request that mock vIOMMUs refuse.</summary>
    public const uint IOMMU_VIOMMU_INVALIDATE_DATA_SELFTEST_INVALID = 0xDADBEEF;

    /// <summary>The events are <see cref="IommuViommuEventSelftest"/>.</summary>
    public const uint IOMMU_VEVENTQ_TYPE_SELFTEST = 0xBEEFBEEF;

    /// <summary>A mock hardware queue.</summary>
    public const uint IOMMU_HW_QUEUE_TYPE_SELFTEST = 0xDEADBEEF;

    /// <summary>How many hardware queues a mock vIOMMU has.</summary>
    public const uint IOMMU_TEST_HW_QUEUE_MAX = 2;

    /// <summary>Reserve a range of an IOAS, as a device would.</summary>
    public const uint IOMMU_TEST_OP_ADD_RESERVED = 1;

    /// <summary>Make a mock device and attach it to an IOAS.</summary>
    public const uint IOMMU_TEST_OP_MOCK_DOMAIN = 2;

    /// <summary>Check that a mock domain translates to the given memory.</summary>
    public const uint IOMMU_TEST_OP_MD_CHECK_MAP = 3;

    /// <summary>Check how often pages are pinned.</summary>
    public const uint IOMMU_TEST_OP_MD_CHECK_REFS = 4;

    /// <summary>Make an access: in-kernel use of an IOAS without a device, as a mediated device does.</summary>
    public const uint IOMMU_TEST_OP_CREATE_ACCESS = 5;

    /// <summary>Let go of pages an access pinned.</summary>
    public const uint IOMMU_TEST_OP_DESTROY_ACCESS_PAGES = 6;

    /// <summary>Pin pages through an access.</summary>
    public const uint IOMMU_TEST_OP_ACCESS_PAGES = 7;

    /// <summary>Copy bytes through an access.</summary>
    public const uint IOMMU_TEST_OP_ACCESS_RW = 8;

    /// <summary>Let the kernel work in small batches.</summary>
    public const uint IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT = 9;

    /// <summary>Move a mock device to another IOAS or HWPT.</summary>
    public const uint IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE = 0xA;

    /// <summary>Move an access to another IOAS.</summary>
    public const uint IOMMU_TEST_OP_ACCESS_REPLACE_IOAS = 0xB;

    /// <summary>Make a mock device with flags and attach it to an IOAS.</summary>
    public const uint IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS = 0xC;

    /// <summary>Make pages of a mock domain dirty.</summary>
    public const uint IOMMU_TEST_OP_DIRTY = 0xD;

    /// <summary>Check an entry of a mock translation cache.</summary>
    public const uint IOMMU_TEST_OP_MD_CHECK_IOTLB = 0xE;

    /// <summary>Let a mock device have an I/O page fault.</summary>
    public const uint IOMMU_TEST_OP_TRIGGER_IOPF = 0xF;

    /// <summary>Check an entry of a mock device's cache.</summary>
    public const uint IOMMU_TEST_OP_DEV_CHECK_CACHE = 0x10;

    /// <summary>Let a mock vIOMMU have an event.</summary>
    public const uint IOMMU_TEST_OP_TRIGGER_VEVENT = 0x11;

    /// <summary>Attach a PASID of a mock device.</summary>
    public const uint IOMMU_TEST_OP_PASID_ATTACH = 0x12;

    /// <summary>Move a PASID of a mock device.</summary>
    public const uint IOMMU_TEST_OP_PASID_REPLACE = 0x13;

    /// <summary>Detach a PASID of a mock device.</summary>
    public const uint IOMMU_TEST_OP_PASID_DETACH = 0x14;

    /// <summary>Check which HWPT a PASID is attached to.</summary>
    public const uint IOMMU_TEST_OP_PASID_CHECK_HWPT = 0x15;

    /// <summary>Make a dma-buf as a VFIO device would export it.</summary>
    public const uint IOMMU_TEST_OP_DMABUF_GET = 0x16;

    /// <summary>Revoke such a dma-buf, or give it back.</summary>
    public const uint IOMMU_TEST_OP_DMABUF_REVOKE = 0x17;

    /// <summary>A mock table of small pages.</summary>
    public const uint MOCK_IOMMUPT_DEFAULT = 0;

    /// <summary>A mock table that can have large pages.</summary>
    public const uint MOCK_IOMMUPT_HUGE = 1;

    /// <summary>First IOVA of a mock domain.</summary>
    public const uint MOCK_APERTURE_START = 0x1000000;

    /// <summary>Last IOVA of a mock domain, inclusive.</summary>
    public const uint MOCK_APERTURE_LAST = 0x7FFFFFFF;

    /// <summary>Bytes of a mock page: half of a real one, on purpose.</summary>
    public const uint MOCK_PAGE_SIZE = 2048;

    /// <summary>Bytes of a large mock page.</summary>
    public const uint MOCK_HUGE_PAGE_SIZE = 1048576;

    /// <summary>The pages are pinned for writing.</summary>
    public const uint MOCK_FLAGS_ACCESS_WRITE = 1;

    /// <summary>The caller is a fuzzer: do not compare memory.</summary>
    public const uint MOCK_FLAGS_ACCESS_SYZ = 0x10000;

    /// <summary>Write instead of read.</summary>
    public const uint MOCK_ACCESS_RW_WRITE = 1;

    /// <summary>Take the slow way in the kernel.</summary>
    public const uint MOCK_ACCESS_RW_SLOW_PATH = 4;

    /// <summary>The access will pin pages.</summary>
    public const uint MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES = 1;

    /// <summary>The mock device cannot track dirty pages.</summary>
    public const uint MOCK_FLAGS_DEVICE_NO_DIRTY = 1;

    /// <summary>The mock device has PASIDs.</summary>
    public const uint MOCK_FLAGS_DEVICE_PASID = 4;

    /// <summary>Highest entry of a mock translation cache.</summary>
    public const uint MOCK_NESTED_DOMAIN_IOTLB_ID_MAX = 3;

    /// <summary>How many entries a mock translation cache has.</summary>
    public const uint MOCK_NESTED_DOMAIN_IOTLB_NUM = 4;

    /// <summary>Highest entry of a mock device's cache.</summary>
    public const uint MOCK_DEV_CACHE_ID_MAX = 3;

    /// <summary>How many entries a mock device's cache has.</summary>
    public const uint MOCK_DEV_CACHE_NUM = 4;
}
