using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using static Vfio.Uapi.IommufdTestUapi;
using static Vfio.Uapi.IommufdUapi;
using static Vfio.Uapi.KvmUapi;
using static Vfio.Uapi.UapiArgument;
using static Vfio.Uapi.UapiFile;
using static Vfio.Uapi.VfioUapi;

namespace Vfio.Uapi;

/// <summary>
/// Every ioctl of the contract in one table, and every feature of VFIO_DEVICE_FEATURE in another. Dispatch, traces, transcripts and
/// documentation read them; how a call behaves is written elsewhere.
/// </summary>
/// <remarks>
/// Sizes are those of Linux 7.2. Minimum sizes are its own too: of iommufd the size a struct had in the first release (main.c
/// iommufd_ioctl_ops), of VFIO what the handler insists on (its minsz).
/// </remarks>
public static class UapiCatalogue
{
    /// <summary>All calls, those of one kind of file together.</summary>
    public static ImmutableArray<UapiCall> Calls { get; } =
    [
        Struct<IommuDestroy>(Iommufd, IOMMU_DESTROY, Sized, "iommu_destroy", 8, new(6, 2)),
        Struct<IommuIoasAlloc>(Iommufd, IOMMU_IOAS_ALLOC, Sized, "iommu_ioas_alloc", 12, new(6, 2)),
        Struct<IommuIoasAllowIovas>(Iommufd, IOMMU_IOAS_ALLOW_IOVAS, Sized, "iommu_ioas_allow_iovas", 24, new(6, 2)),
        Struct<IommuIoasCopy>(Iommufd, IOMMU_IOAS_COPY, Sized, "iommu_ioas_copy", 40, new(6, 2)),
        Struct<IommuIoasIovaRanges>(Iommufd, IOMMU_IOAS_IOVA_RANGES, Sized, "iommu_ioas_iova_ranges", 32, new(6, 2)),
        Struct<IommuIoasMap>(Iommufd, IOMMU_IOAS_MAP, Sized, "iommu_ioas_map", 40, new(6, 2)),
        Struct<IommuIoasUnmap>(Iommufd, IOMMU_IOAS_UNMAP, Sized, "iommu_ioas_unmap", 24, new(6, 2)),
        Struct<IommuOption>(Iommufd, IOMMU_OPTION, Sized, "iommu_option", 24, new(6, 2)),
        Struct<IommuVfioIoas>(Iommufd, IOMMU_VFIO_IOAS, Sized, "iommu_vfio_ioas", 12, new(6, 2)),
        Struct<IommuHwptAlloc>(Iommufd, IOMMU_HWPT_ALLOC, Sized, "iommu_hwpt_alloc", 24, new(6, 6)),
        Struct<IommuHwInfo>(Iommufd, IOMMU_GET_HW_INFO, Sized, "iommu_hw_info", 32, new(6, 6)),
        Struct<IommuHwptSetDirtyTracking>(Iommufd, IOMMU_HWPT_SET_DIRTY_TRACKING, Sized, "iommu_hwpt_set_dirty_tracking", 16, new(6, 7)),
        Struct<IommuHwptGetDirtyBitmap>(Iommufd, IOMMU_HWPT_GET_DIRTY_BITMAP, Sized, "iommu_hwpt_get_dirty_bitmap", 48, new(6, 7)),
        Struct<IommuHwptInvalidate>(Iommufd, IOMMU_HWPT_INVALIDATE, Sized, "iommu_hwpt_invalidate", 32, new(6, 8)),
        Struct<IommuFaultAlloc>(Iommufd, IOMMU_FAULT_QUEUE_ALLOC, Sized, "iommu_fault_alloc", 16, new(6, 11)),
        Struct<IommuIoasMapFile>(Iommufd, IOMMU_IOAS_MAP_FILE, Sized, "iommu_ioas_map_file", 40, new(6, 13)),
        Struct<IommuViommuAlloc>(Iommufd, IOMMU_VIOMMU_ALLOC, Sized, "iommu_viommu_alloc", 24, new(6, 13)),
        Struct<IommuVdeviceAlloc>(Iommufd, IOMMU_VDEVICE_ALLOC, Sized, "iommu_vdevice_alloc", 24, new(6, 13)),
        Struct<IommuIoasChangeProcess>(Iommufd, IOMMU_IOAS_CHANGE_PROCESS, Sized, "iommu_ioas_change_process", 8, new(6, 13)),
        Struct<IommuVeventqAlloc>(Iommufd, IOMMU_VEVENTQ_ALLOC, Sized, "iommu_veventq_alloc", 28, new(6, 15)),
        Struct<IommuHwQueueAlloc>(Iommufd, IOMMU_HW_QUEUE_ALLOC, Sized, "iommu_hw_queue_alloc", 40, new(6, 17)),
        Struct<IommuTestCmd>(Iommufd, IOMMU_TEST_CMD, Sized, "iommu_test_cmd", 68, new(6, 2)),

        Plain(Container, VFIO_GET_API_VERSION, None, 0, new(3, 6)),
        Plain(Container, VFIO_CHECK_EXTENSION, Value, 0, new(3, 6)),
        Plain(Container, VFIO_SET_IOMMU, Value, 0, new(3, 6)),
        Struct<VfioIommuType1Info>(Container, VFIO_IOMMU_GET_INFO, Argsz, "vfio_iommu_type1_info", 16, new(3, 6)),
        Struct<VfioIommuType1DmaMap>(Container, VFIO_IOMMU_MAP_DMA, Argsz, "vfio_iommu_type1_dma_map", 32, new(3, 6)),
        Struct<VfioIommuType1DmaUnmap>(Container, VFIO_IOMMU_UNMAP_DMA, Argsz, "vfio_iommu_type1_dma_unmap", 24, new(3, 6)),
        Struct<VfioIommuType1DirtyBitmap>(Container, VFIO_IOMMU_DIRTY_PAGES, Argsz, "vfio_iommu_type1_dirty_bitmap", 8, new(5, 8)),

        Struct<VfioGroupStatus>(Group, VFIO_GROUP_GET_STATUS, Argsz, "vfio_group_status", 8, new(3, 6)),
        Plain(Group, VFIO_GROUP_SET_CONTAINER, WordPointer, 4, new(3, 6)),
        Plain(Group, VFIO_GROUP_UNSET_CONTAINER, None, 0, new(3, 6)),
        Plain(Group, VFIO_GROUP_GET_DEVICE_FD, TextPointer, 0, new(3, 6)),

        Struct<VfioDeviceInfo>(Device, VFIO_DEVICE_GET_INFO, Argsz, "vfio_device_info", 16, new(3, 6)),
        Struct<VfioRegionInfo>(Device, VFIO_DEVICE_GET_REGION_INFO, Argsz, "vfio_region_info", 32, new(3, 6)),
        Struct<VfioIrqInfo>(Device, VFIO_DEVICE_GET_IRQ_INFO, Argsz, "vfio_irq_info", 16, new(3, 6)),
        Struct<VfioIrqSet>(Device, VFIO_DEVICE_SET_IRQS, Argsz, "vfio_irq_set", 20, new(3, 6)),
        Plain(Device, VFIO_DEVICE_RESET, None, 0, new(3, 6)),
        Struct<VfioPciHotResetInfo>(Device, VFIO_DEVICE_GET_PCI_HOT_RESET_INFO, Argsz, "vfio_pci_hot_reset_info", 12, new(3, 12)),
        Struct<VfioPciHotReset>(Device, VFIO_DEVICE_PCI_HOT_RESET, Argsz, "vfio_pci_hot_reset", 12, new(3, 12)),
        Struct<VfioDeviceGfxPlaneInfo>(Device, VFIO_DEVICE_QUERY_GFX_PLANE, Argsz, "vfio_device_gfx_plane_info", 64, new(4, 16)),
        Plain(Device, VFIO_DEVICE_GET_GFX_DMABUF, WordPointer, 4, new(4, 16)),
        Struct<VfioDeviceIoeventfd>(Device, VFIO_DEVICE_IOEVENTFD, Argsz, "vfio_device_ioeventfd", 28, new(4, 17)),
        Struct<VfioDeviceFeature>(Device, VFIO_DEVICE_FEATURE, Argsz, "vfio_device_feature", 8, new(5, 7)),
        Struct<VfioDeviceBindIommufd>(Device, VFIO_DEVICE_BIND_IOMMUFD, Argsz, "vfio_device_bind_iommufd", 16, new(6, 6)),
        Struct<VfioDeviceAttachIommufdPt>(Device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, Argsz, "vfio_device_attach_iommufd_pt", 12, new(6, 6)),
        Struct<VfioDeviceDetachIommufdPt>(Device, VFIO_DEVICE_DETACH_IOMMUFD_PT, Argsz, "vfio_device_detach_iommufd_pt", 8, new(6, 6)),

        Struct<VfioPrecopyInfo>(MigrationData, VFIO_MIG_GET_PRECOPY_INFO, Argsz, "vfio_precopy_info", 24, new(6, 2)),

        Plain(Kvm, KVM_GET_API_VERSION, None, 0, new(2, 6)),
        Plain(Kvm, KVM_CREATE_VM, Value, 0, new(2, 6)),
        Plain(Kvm, KVM_CHECK_EXTENSION, Value, 0, new(2, 6)),

        Struct<KvmCreateDevice>(KvmMachine, KVM_CREATE_DEVICE, Fixed, "kvm_create_device", 12, new(3, 10)),

        Struct<KvmDeviceAttr>(KvmDevice, KVM_SET_DEVICE_ATTR, Fixed, "kvm_device_attr", 24, new(3, 10)),
        Struct<KvmDeviceAttr>(KvmDevice, KVM_GET_DEVICE_ATTR, Fixed, "kvm_device_attr", 24, new(3, 10)),
        Struct<KvmDeviceAttr>(KvmDevice, KVM_HAS_DEVICE_ATTR, Fixed, "kvm_device_attr", 24, new(3, 10)),
    ];

    /// <summary>All features of VFIO_DEVICE_FEATURE; each stands at the index of its number.</summary>
    public static ImmutableArray<UapiFeature> Features { get; } =
    [
        Feature(VFIO_DEVICE_FEATURE_PCI_VF_TOKEN, VFIO_DEVICE_FEATURE_SET, new(5, 7), 16),
        Feature<VfioDeviceFeatureMigration>(VFIO_DEVICE_FEATURE_MIGRATION, VFIO_DEVICE_FEATURE_GET, new(5, 18)),
        Feature<VfioDeviceFeatureMigState>(VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET, new(5, 18)),
        Feature(VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY, VFIO_DEVICE_FEATURE_SET, new(6, 1), 0),
        Feature<VfioDeviceLowPowerEntryWithWakeup>(VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP, VFIO_DEVICE_FEATURE_SET, new(6, 1)),
        Feature(VFIO_DEVICE_FEATURE_LOW_POWER_EXIT, VFIO_DEVICE_FEATURE_SET, new(6, 1), 0),
        Feature<VfioDeviceFeatureDmaLoggingControl>(VFIO_DEVICE_FEATURE_DMA_LOGGING_START, VFIO_DEVICE_FEATURE_SET, new(6, 1)),
        Feature(VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP, VFIO_DEVICE_FEATURE_SET, new(6, 1), 0),
        Feature<VfioDeviceFeatureDmaLoggingReport>(VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT, VFIO_DEVICE_FEATURE_GET, new(6, 1)),
        Feature<VfioDeviceFeatureMigDataSize>(VFIO_DEVICE_FEATURE_MIG_DATA_SIZE, VFIO_DEVICE_FEATURE_GET, new(6, 2)),
        Feature<VfioDeviceFeatureBusMaster>(VFIO_DEVICE_FEATURE_BUS_MASTER, VFIO_DEVICE_FEATURE_SET, new(6, 7)),
        Feature<VfioDeviceFeatureDmaBuf>(VFIO_DEVICE_FEATURE_DMA_BUF, VFIO_DEVICE_FEATURE_GET, new(6, 19)),
        Feature(VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2, VFIO_DEVICE_FEATURE_SET, new(7, 1), 0),
    ];

    // A number is unique within a kind of file by its low byte already.
    private static readonly UapiCall?[] s_byFileAndLowByte = Arrange(Calls);

    /// <summary>Finds a call by the file it was made on and its number. Allocates nothing.</summary>
    /// <param name="file">The kind of file. The container's calls on an iommufd are found under <see cref="Container"/>.</param>
    /// <param name="number">The ioctl's number (the request), type byte included.</param>
    /// <param name="call">The call.</param>
    /// <returns>False if that kind of file has no such call.</returns>
    public static bool TryFind(UapiFile file, uint number, [NotNullWhen(true)] out UapiCall? call)
    {
        int slot = Slot(file, number);
        call = (uint)slot < (uint)s_byFileAndLowByte.Length ? s_byFileAndLowByte[slot] : null;
        if (call is not null && call.Number == number)
        {
            return true;
        }

        call = null;
        return false;
    }

    /// <summary>Finds a feature by the flags of a <see cref="VfioDeviceFeature"/>. Allocates nothing.</summary>
    /// <param name="flags">The flags; only the bits of VFIO_DEVICE_FEATURE_MASK are looked at.</param>
    /// <param name="feature">The feature.</param>
    /// <returns>False if there is no such feature.</returns>
    public static bool TryFindFeature(uint flags, [NotNullWhen(true)] out UapiFeature? feature)
    {
        uint number = flags & VFIO_DEVICE_FEATURE_MASK;
        feature = number < (uint)Features.Length ? Features[(int)number] : null;
        return feature is not null;
    }

    private static int Slot(UapiFile file, uint number) => ((int)file << 8) | (int)(number & 0xFF);

    private static UapiCall?[] Arrange(ImmutableArray<UapiCall> calls)
    {
        var table = new UapiCall?[((int)KvmDevice + 1) << 8];
        foreach (UapiCall call in calls)
        {
            table[Slot(call.File, call.Number)] = call;
        }

        return table;
    }

    private static UapiCall Struct<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields)] T>(
        UapiFile file,
        uint number,
        UapiArgument argument,
        string structName,
        int minimumSize,
        KernelRelease since,
        [CallerArgumentExpression(nameof(number))] string name = "")
        where T : unmanaged
        => new()
        {
            File = file,
            Name = name,
            Number = number,
            Argument = argument,
            Struct = typeof(T),
            Fields = StructFields<T>.Read,
            StructName = structName,
            Size = StructBytes.SizeOf<T>(),
            MinimumSize = minimumSize,
            Since = since,
        };

    private static UapiCall Plain(
        UapiFile file,
        uint number,
        UapiArgument argument,
        int size,
        KernelRelease since,
        [CallerArgumentExpression(nameof(number))] string name = "")
        => new()
        {
            File = file,
            Name = name,
            Number = number,
            Argument = argument,
            Size = size,
            MinimumSize = size,
            Since = since,
        };

    private static UapiFeature Feature<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields)] T>(
        uint number, uint operations, KernelRelease since, [CallerArgumentExpression(nameof(number))] string name = "")
        where T : unmanaged
        => new()
        {
            Name = name,
            Number = number,
            Operations = operations,
            Struct = typeof(T),
            Fields = StructFields<T>.Read,
            Size = StructBytes.SizeOf<T>(),
            Since = since,
        };

    private static UapiFeature Feature(
        uint number, uint operations, KernelRelease since, int size, [CallerArgumentExpression(nameof(number))] string name = "")
        => new() { Name = name, Number = number, Operations = operations, Size = size, Since = since };
}
