using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// Argument of <see cref="IommufdTestUapi.IOMMU_TEST_CMD"/>: one operation of the test interface (struct iommu_test_cmd). Behind the
/// head is a union; each field's name begins with the member it belongs to.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 72)]
public struct IommuTestCmd
{
    /// <summary>Bytes of this struct, set by the caller.</summary>
    [FieldOffset(0)]
    public uint Size;

    /// <summary>IOMMU_TEST_OP_*: which of the groups of fields below is meant.</summary>
    [FieldOffset(4)]
    public uint Op;

    /// <summary>The object worked on: an IOAS, a mock device, a HWPT or an access, as the operation needs.</summary>
    [FieldOffset(8)]
    public uint Id;

    /// <summary>Zero.</summary>
    [FieldOffset(12)]
    public uint Reserved;

    /// <summary>
    /// <see cref="IommufdTestUapi.IOMMU_TEST_OP_ADD_RESERVED"/> (add_reserved.start): first IOVA of the range to reserve in the IOAS.
    /// </summary>
    [FieldOffset(16)]
    public ulong AddReservedStart;

    /// <summary>add_reserved.length: bytes to reserve.</summary>
    [FieldOffset(24)]
    public ulong AddReservedLength;

    /// <summary>
    /// <see cref="IommufdTestUapi.IOMMU_TEST_OP_MOCK_DOMAIN"/> (mock_domain.out_stdev_id): out: the mock device, attached to the IOAS.
    /// </summary>
    [FieldOffset(16)]
    public uint MockDomainOutStdevId;

    /// <summary>mock_domain.out_hwpt_id: out: the HWPT it was attached to.</summary>
    [FieldOffset(20)]
    public uint MockDomainOutHwptId;

    /// <summary>mock_domain.out_idev_id: out: its id as a bound device.</summary>
    [FieldOffset(24)]
    public uint MockDomainOutIdevId;

    /// <summary>
    /// <see cref="IommufdTestUapi.IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS"/> (mock_domain_flags.out_stdev_id): out: the mock device.
    /// </summary>
    [FieldOffset(16)]
    public uint MockDomainFlagsOutStdevId;

    /// <summary>mock_domain_flags.out_hwpt_id: out: the HWPT it was attached to.</summary>
    [FieldOffset(20)]
    public uint MockDomainFlagsOutHwptId;

    /// <summary>mock_domain_flags.out_idev_id: out: its id as a bound device.</summary>
    [FieldOffset(24)]
    public uint MockDomainFlagsOutIdevId;

    /// <summary>mock_domain_flags.dev_flags: MOCK_FLAGS_DEVICE_*: what the mock device can do.</summary>
    [FieldOffset(28)]
    public uint MockDomainFlagsDevFlags;

    /// <summary>
    /// <see cref="IommufdTestUapi.IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE"/> (mock_domain_replace.pt_id): the IOAS or HWPT to move the mock
    /// device to; out: the HWPT used.
    /// </summary>
    [FieldOffset(16)]
    public uint MockDomainReplacePtId;

    /// <summary>
    /// <see cref="IommufdTestUapi.IOMMU_TEST_OP_MD_CHECK_MAP"/> (check_map.iova): first IOVA whose translation in the mock domain is
    /// compared.
    /// </summary>
    [FieldOffset(16)]
    public ulong CheckMapIova;

    /// <summary>check_map.length: bytes to compare, a multiple of <see cref="IommufdTestUapi.MOCK_PAGE_SIZE"/>.</summary>
    [FieldOffset(24)]
    public ulong CheckMapLength;

    /// <summary>check_map.uptr: address of the memory it must translate to.</summary>
    [FieldOffset(32)]
    public ulong CheckMapUptr;

    /// <summary><see cref="IommufdTestUapi.IOMMU_TEST_OP_MD_CHECK_REFS"/> (check_refs.length): bytes of memory to look at.</summary>
    [FieldOffset(16)]
    public ulong CheckRefsLength;

    /// <summary>check_refs.uptr: address of that memory.</summary>
    [FieldOffset(24)]
    public ulong CheckRefsUptr;

    /// <summary>check_refs.refs: how often every page of it must be pinned.</summary>
    [FieldOffset(32)]
    public uint CheckRefsRefs;

    /// <summary>
    /// <see cref="IommufdTestUapi.IOMMU_TEST_OP_CREATE_ACCESS"/> (create_access.out_access_fd): out: descriptor that keeps the access
    /// alive.
    /// </summary>
    [FieldOffset(16)]
    public int CreateAccessOutAccessFd;

    /// <summary>create_access.flags: <see cref="IommufdTestUapi.MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES"/> or zero.</summary>
    [FieldOffset(20)]
    public uint CreateAccessFlags;

    /// <summary>
    /// <see cref="IommufdTestUapi.IOMMU_TEST_OP_DESTROY_ACCESS_PAGES"/> (destroy_access_pages.access_pages_id): the pinned pages to let
    /// go of.
    /// </summary>
    [FieldOffset(16)]
    public uint DestroyAccessPagesAccessPagesId;

    /// <summary><see cref="IommufdTestUapi.IOMMU_TEST_OP_ACCESS_PAGES"/> (access_pages.flags): MOCK_FLAGS_ACCESS_*.</summary>
    [FieldOffset(16)]
    public uint AccessPagesFlags;

    /// <summary>access_pages.out_access_pages_id: out: the pinned pages.</summary>
    [FieldOffset(20)]
    public uint AccessPagesOutAccessPagesId;

    /// <summary>access_pages.iova: first IOVA to pin.</summary>
    [FieldOffset(24)]
    public ulong AccessPagesIova;

    /// <summary>access_pages.length: bytes to pin.</summary>
    [FieldOffset(32)]
    public ulong AccessPagesLength;

    /// <summary>access_pages.uptr: address of the memory the pages must be.</summary>
    [FieldOffset(40)]
    public ulong AccessPagesUptr;

    /// <summary><see cref="IommufdTestUapi.IOMMU_TEST_OP_ACCESS_RW"/> (access_rw.iova): IOVA to read or write at.</summary>
    [FieldOffset(16)]
    public ulong AccessRwIova;

    /// <summary>access_rw.length: bytes.</summary>
    [FieldOffset(24)]
    public ulong AccessRwLength;

    /// <summary>access_rw.uptr: address of the caller's buffer.</summary>
    [FieldOffset(32)]
    public ulong AccessRwUptr;

    /// <summary>access_rw.flags: MOCK_ACCESS_RW_*.</summary>
    [FieldOffset(40)]
    public uint AccessRwFlags;

    /// <summary>
    /// <see cref="IommufdTestUapi.IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT"/> (memory_limit.limit): bytes of scratch memory the kernel may
    /// use at a time.
    /// </summary>
    [FieldOffset(16)]
    public uint MemoryLimitLimit;

    /// <summary>
    /// <see cref="IommufdTestUapi.IOMMU_TEST_OP_ACCESS_REPLACE_IOAS"/> (access_replace_ioas.ioas_id): the IOAS to move the access to.
    /// </summary>
    [FieldOffset(16)]
    public uint AccessReplaceIoasIoasId;

    /// <summary><see cref="IommufdTestUapi.IOMMU_TEST_OP_DIRTY"/> (dirty.flags): flags.</summary>
    [FieldOffset(16)]
    public uint DirtyFlags;

    /// <summary>dirty.iova: first IOVA.</summary>
    [FieldOffset(24)]
    public ulong DirtyIova;

    /// <summary>dirty.length: bytes.</summary>
    [FieldOffset(32)]
    public ulong DirtyLength;

    /// <summary>dirty.page_size: bytes that one bit stands for.</summary>
    [FieldOffset(40)]
    public ulong DirtyPageSize;

    /// <summary>dirty.uptr: address of the bitmap of pages to make dirty.</summary>
    [FieldOffset(48)]
    public ulong DirtyUptr;

    /// <summary>dirty.out_nr_dirty: out: how many pages were made dirty.</summary>
    [FieldOffset(56)]
    public ulong DirtyOutNrDirty;

    /// <summary>
    /// <see cref="IommufdTestUapi.IOMMU_TEST_OP_MD_CHECK_IOTLB"/> (check_iotlb.id): which entry of the mock translation cache.
    /// </summary>
    [FieldOffset(16)]
    public uint CheckIotlbId;

    /// <summary>check_iotlb.iotlb: what it must hold.</summary>
    [FieldOffset(20)]
    public uint CheckIotlbIotlb;

    /// <summary>
    /// <see cref="IommufdTestUapi.IOMMU_TEST_OP_TRIGGER_IOPF"/> (trigger_iopf.dev_id): the bound device that shall fault.
    /// </summary>
    [FieldOffset(16)]
    public uint TriggerIopfDevId;

    /// <summary>trigger_iopf.pasid: the fault's PASID.</summary>
    [FieldOffset(20)]
    public uint TriggerIopfPasid;

    /// <summary>trigger_iopf.grpid: the fault's page request group.</summary>
    [FieldOffset(24)]
    public uint TriggerIopfGrpid;

    /// <summary>trigger_iopf.perm: IOMMU_PGFAULT_PERM_* of the fault.</summary>
    [FieldOffset(28)]
    public uint TriggerIopfPerm;

    /// <summary>trigger_iopf.addr: the fault's address.</summary>
    [FieldOffset(32)]
    public ulong TriggerIopfAddr;

    /// <summary>
    /// <see cref="IommufdTestUapi.IOMMU_TEST_OP_DEV_CHECK_CACHE"/> (check_dev_cache.id): which entry of the mock device's cache.
    /// </summary>
    [FieldOffset(16)]
    public uint CheckDevCacheId;

    /// <summary>check_dev_cache.cache: what it must hold.</summary>
    [FieldOffset(20)]
    public uint CheckDevCacheCache;

    /// <summary>
    /// <see cref="IommufdTestUapi.IOMMU_TEST_OP_TRIGGER_VEVENT"/> (trigger_vevent.dev_id): the bound device an event shall be about.
    /// </summary>
    [FieldOffset(16)]
    public uint TriggerVeventDevId;

    /// <summary><see cref="IommufdTestUapi.IOMMU_TEST_OP_PASID_ATTACH"/> (pasid_attach.pasid): the PASID to attach.</summary>
    [FieldOffset(16)]
    public uint PasidAttachPasid;

    /// <summary>pasid_attach.pt_id: the IOAS or HWPT to attach it to.</summary>
    [FieldOffset(20)]
    public uint PasidAttachPtId;

    /// <summary><see cref="IommufdTestUapi.IOMMU_TEST_OP_PASID_REPLACE"/> (pasid_replace.pasid): the PASID to move.</summary>
    [FieldOffset(16)]
    public uint PasidReplacePasid;

    /// <summary>pasid_replace.pt_id: the IOAS or HWPT to move it to.</summary>
    [FieldOffset(20)]
    public uint PasidReplacePtId;

    /// <summary><see cref="IommufdTestUapi.IOMMU_TEST_OP_PASID_DETACH"/> (pasid_detach.pasid): the PASID to detach.</summary>
    [FieldOffset(16)]
    public uint PasidDetachPasid;

    /// <summary><see cref="IommufdTestUapi.IOMMU_TEST_OP_PASID_CHECK_HWPT"/> (pasid_check.pasid): the PASID to look at.</summary>
    [FieldOffset(16)]
    public uint PasidCheckPasid;

    /// <summary>pasid_check.hwpt_id: the HWPT it must be attached to; 0 for none.</summary>
    [FieldOffset(20)]
    public uint PasidCheckHwptId;

    /// <summary><see cref="IommufdTestUapi.IOMMU_TEST_OP_DMABUF_GET"/> (dmabuf_get.length): bytes of the dma-buf to make.</summary>
    [FieldOffset(16)]
    public uint DmabufGetLength;

    /// <summary>dmabuf_get.open_flags: open flags of its descriptor.</summary>
    [FieldOffset(20)]
    public uint DmabufGetOpenFlags;

    /// <summary><see cref="IommufdTestUapi.IOMMU_TEST_OP_DMABUF_REVOKE"/> (dmabuf_revoke.dmabuf_fd): the dma-buf.</summary>
    [FieldOffset(16)]
    public int DmabufRevokeDmabufFd;

    /// <summary>dmabuf_revoke.revoked: 1 to revoke it, 0 to give it back.</summary>
    [FieldOffset(20)]
    public uint DmabufRevokeRevoked;

    /// <summary>Marks the end; not used.</summary>
    [FieldOffset(64)]
    public uint Last;
}
