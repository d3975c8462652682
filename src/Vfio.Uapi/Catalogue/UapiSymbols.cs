using System.Globalization;
using System.Runtime.CompilerServices;
using static Vfio.Uapi.IommufdTestUapi;
using static Vfio.Uapi.IommufdUapi;
using static Vfio.Uapi.KvmUapi;
using static Vfio.Uapi.VfioUapi;

namespace Vfio.Uapi;

/// <summary>
/// The names of the constants that stand in the fields of the catalogue's calls: what a person reads instead of a number. What all names of a field
/// begin or end with is left out.
/// </summary>
public static class UapiSymbols
{
    /// <summary>The field's name for the value of a call whose argument is no struct.</summary>
    public const string ValueField = "";

    private static readonly Dictionary<(string Call, string Field), (bool AreFlags, (ulong Value, string Name)[] Names)> s_fields = new()
    {
        [(nameof(IOMMU_IOAS_MAP), "flags")] = Flags("IOMMU_IOAS_MAP_", Of(IOMMU_IOAS_MAP_FIXED_IOVA), Of(IOMMU_IOAS_MAP_WRITEABLE), Of(IOMMU_IOAS_MAP_READABLE)),
        [(nameof(IOMMU_IOAS_MAP_FILE), "flags")] = Flags("IOMMU_IOAS_MAP_", Of(IOMMU_IOAS_MAP_FIXED_IOVA), Of(IOMMU_IOAS_MAP_WRITEABLE), Of(IOMMU_IOAS_MAP_READABLE)),
        [(nameof(IOMMU_IOAS_COPY), "flags")] = Flags("IOMMU_IOAS_MAP_", Of(IOMMU_IOAS_MAP_FIXED_IOVA), Of(IOMMU_IOAS_MAP_WRITEABLE), Of(IOMMU_IOAS_MAP_READABLE)),
        [(nameof(IOMMU_OPTION), "option_id")] = Values("IOMMU_OPTION_", Of(IOMMU_OPTION_RLIMIT_MODE), Of(IOMMU_OPTION_HUGE_PAGES)),
        [(nameof(IOMMU_OPTION), "op")] = Values("IOMMU_OPTION_OP_", Of(IOMMU_OPTION_OP_SET), Of(IOMMU_OPTION_OP_GET)),
        [(nameof(IOMMU_VFIO_IOAS), "op")] = Values("IOMMU_VFIO_IOAS_", Of(IOMMU_VFIO_IOAS_GET), Of(IOMMU_VFIO_IOAS_SET), Of(IOMMU_VFIO_IOAS_CLEAR)),
        [(nameof(IOMMU_HWPT_ALLOC), "flags")] =
            Flags("IOMMU_HWPT_", Of(IOMMU_HWPT_ALLOC_NEST_PARENT), Of(IOMMU_HWPT_ALLOC_DIRTY_TRACKING), Of(IOMMU_HWPT_FAULT_ID_VALID), Of(IOMMU_HWPT_ALLOC_PASID)),
        [(nameof(IOMMU_HWPT_ALLOC), "data_type")] =
            Values("IOMMU_HWPT_DATA_", Of(IOMMU_HWPT_DATA_NONE), Of(IOMMU_HWPT_DATA_VTD_S1), Of(IOMMU_HWPT_DATA_ARM_SMMUV3), Of(IOMMU_HWPT_DATA_AMD_GUEST), Of(IOMMU_HWPT_DATA_SELFTEST)),
        [(nameof(IOMMU_GET_HW_INFO), "flags")] = Flags("IOMMU_HW_INFO_FLAG_", Of(IOMMU_HW_INFO_FLAG_INPUT_TYPE)),
        [(nameof(IOMMU_GET_HW_INFO), "out_data_type")] = Values(
            "IOMMU_HW_INFO_TYPE_", Of(IOMMU_HW_INFO_TYPE_NONE), Of(IOMMU_HW_INFO_TYPE_INTEL_VTD), Of(IOMMU_HW_INFO_TYPE_ARM_SMMUV3), Of(IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV),
            Of(IOMMU_HW_INFO_TYPE_AMD), Of(IOMMU_HW_INFO_TYPE_SELFTEST)),
        [(nameof(IOMMU_GET_HW_INFO), "out_capabilities")] =
            Flags("IOMMU_HW_CAP_", Of(IOMMU_HW_CAP_DIRTY_TRACKING), Of(IOMMU_HW_CAP_PCI_PASID_EXEC), Of(IOMMU_HW_CAP_PCI_PASID_PRIV), Of(IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED)),
        [(nameof(IOMMU_HWPT_SET_DIRTY_TRACKING), "flags")] = Flags("IOMMU_HWPT_DIRTY_TRACKING_", Of(IOMMU_HWPT_DIRTY_TRACKING_ENABLE)),
        [(nameof(IOMMU_HWPT_GET_DIRTY_BITMAP), "flags")] = Flags("IOMMU_HWPT_GET_DIRTY_BITMAP_", Of(IOMMU_HWPT_GET_DIRTY_BITMAP_NO_CLEAR)),
        [(nameof(IOMMU_TEST_CMD), "op")] = Values(
            "IOMMU_TEST_OP_", Of(IOMMU_TEST_OP_ADD_RESERVED), Of(IOMMU_TEST_OP_MOCK_DOMAIN), Of(IOMMU_TEST_OP_MD_CHECK_MAP), Of(IOMMU_TEST_OP_MD_CHECK_REFS),
            Of(IOMMU_TEST_OP_CREATE_ACCESS), Of(IOMMU_TEST_OP_DESTROY_ACCESS_PAGES), Of(IOMMU_TEST_OP_ACCESS_PAGES), Of(IOMMU_TEST_OP_ACCESS_RW),
            Of(IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT), Of(IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE), Of(IOMMU_TEST_OP_ACCESS_REPLACE_IOAS), Of(IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS),
            Of(IOMMU_TEST_OP_DIRTY), Of(IOMMU_TEST_OP_MD_CHECK_IOTLB), Of(IOMMU_TEST_OP_TRIGGER_IOPF), Of(IOMMU_TEST_OP_DEV_CHECK_CACHE), Of(IOMMU_TEST_OP_TRIGGER_VEVENT),
            Of(IOMMU_TEST_OP_PASID_ATTACH), Of(IOMMU_TEST_OP_PASID_REPLACE), Of(IOMMU_TEST_OP_PASID_DETACH), Of(IOMMU_TEST_OP_PASID_CHECK_HWPT),
            Of(IOMMU_TEST_OP_DMABUF_GET), Of(IOMMU_TEST_OP_DMABUF_REVOKE)),

        [(nameof(VFIO_CHECK_EXTENSION), ValueField)] = Values(
            "VFIO_", Of(VFIO_TYPE1_IOMMU), Of(VFIO_TYPE1v2_IOMMU), Of(VFIO_DMA_CC_IOMMU), Of(__VFIO_RESERVED_TYPE1_NESTING_IOMMU), Of(VFIO_NOIOMMU_IOMMU), Of(VFIO_UNMAP_ALL),
            Of(VFIO_UPDATE_VADDR)),
        [(nameof(VFIO_SET_IOMMU), ValueField)] = Values("VFIO_", Of(VFIO_TYPE1_IOMMU), Of(VFIO_TYPE1v2_IOMMU), Of(VFIO_NOIOMMU_IOMMU)),
        [(nameof(VFIO_IOMMU_GET_INFO), "flags")] = Flags("VFIO_IOMMU_INFO_", Of(VFIO_IOMMU_INFO_PGSIZES), Of(VFIO_IOMMU_INFO_CAPS)),
        [(nameof(VFIO_IOMMU_MAP_DMA), "flags")] = Flags("VFIO_DMA_MAP_FLAG_", Of(VFIO_DMA_MAP_FLAG_READ), Of(VFIO_DMA_MAP_FLAG_WRITE), Of(VFIO_DMA_MAP_FLAG_VADDR)),
        [(nameof(VFIO_IOMMU_UNMAP_DMA), "flags")] =
            Flags("VFIO_DMA_UNMAP_FLAG_", Of(VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP), Of(VFIO_DMA_UNMAP_FLAG_ALL), Of(VFIO_DMA_UNMAP_FLAG_VADDR)),
        [(nameof(VFIO_IOMMU_DIRTY_PAGES), "flags")] =
            Flags("VFIO_IOMMU_DIRTY_PAGES_FLAG_", Of(VFIO_IOMMU_DIRTY_PAGES_FLAG_START), Of(VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP), Of(VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP)),

        [(nameof(VFIO_GROUP_GET_STATUS), "flags")] = Flags("VFIO_GROUP_FLAGS_", Of(VFIO_GROUP_FLAGS_VIABLE), Of(VFIO_GROUP_FLAGS_CONTAINER_SET)),

        [(nameof(VFIO_DEVICE_GET_INFO), "flags")] = Flags(
            "VFIO_DEVICE_FLAGS_", Of(VFIO_DEVICE_FLAGS_RESET), Of(VFIO_DEVICE_FLAGS_PCI), Of(VFIO_DEVICE_FLAGS_PLATFORM), Of(VFIO_DEVICE_FLAGS_AMBA), Of(VFIO_DEVICE_FLAGS_CCW),
            Of(VFIO_DEVICE_FLAGS_AP), Of(VFIO_DEVICE_FLAGS_FSL_MC), Of(VFIO_DEVICE_FLAGS_CAPS), Of(VFIO_DEVICE_FLAGS_CDX)),
        [(nameof(VFIO_DEVICE_GET_REGION_INFO), "flags")] = Flags(
            "VFIO_REGION_INFO_FLAG_", Of(VFIO_REGION_INFO_FLAG_READ), Of(VFIO_REGION_INFO_FLAG_WRITE), Of(VFIO_REGION_INFO_FLAG_MMAP), Of(VFIO_REGION_INFO_FLAG_CAPS)),
        [(nameof(VFIO_DEVICE_GET_REGION_INFO), "index")] = Values(
            "VFIO_PCI_", Of(VFIO_PCI_BAR0_REGION_INDEX), Of(VFIO_PCI_BAR1_REGION_INDEX), Of(VFIO_PCI_BAR2_REGION_INDEX), Of(VFIO_PCI_BAR3_REGION_INDEX),
            Of(VFIO_PCI_BAR4_REGION_INDEX), Of(VFIO_PCI_BAR5_REGION_INDEX), Of(VFIO_PCI_ROM_REGION_INDEX), Of(VFIO_PCI_CONFIG_REGION_INDEX), Of(VFIO_PCI_VGA_REGION_INDEX)),
        [(nameof(VFIO_DEVICE_GET_IRQ_INFO), "flags")] =
            Flags("VFIO_IRQ_INFO_", Of(VFIO_IRQ_INFO_EVENTFD), Of(VFIO_IRQ_INFO_MASKABLE), Of(VFIO_IRQ_INFO_AUTOMASKED), Of(VFIO_IRQ_INFO_NORESIZE)),
        [(nameof(VFIO_DEVICE_GET_IRQ_INFO), "index")] = Interrupts(),
        [(nameof(VFIO_DEVICE_SET_IRQS), "flags")] = Flags(
            "VFIO_IRQ_SET_", Of(VFIO_IRQ_SET_DATA_NONE), Of(VFIO_IRQ_SET_DATA_BOOL), Of(VFIO_IRQ_SET_DATA_EVENTFD), Of(VFIO_IRQ_SET_ACTION_MASK), Of(VFIO_IRQ_SET_ACTION_UNMASK),
            Of(VFIO_IRQ_SET_ACTION_TRIGGER)),
        [(nameof(VFIO_DEVICE_SET_IRQS), "index")] = Interrupts(),
        [(nameof(VFIO_DEVICE_GET_PCI_HOT_RESET_INFO), "flags")] =
            Flags("VFIO_PCI_HOT_RESET_FLAG_", Of(VFIO_PCI_HOT_RESET_FLAG_DEV_ID), Of(VFIO_PCI_HOT_RESET_FLAG_DEV_ID_OWNED)),
        [(nameof(VFIO_DEVICE_BIND_IOMMUFD), "flags")] = Flags("VFIO_DEVICE_BIND_FLAG_", Of(VFIO_DEVICE_BIND_FLAG_TOKEN)),
        [(nameof(VFIO_DEVICE_ATTACH_IOMMUFD_PT), "flags")] = Flags("VFIO_DEVICE_ATTACH_", Of(VFIO_DEVICE_ATTACH_PASID)),
        [(nameof(VFIO_DEVICE_DETACH_IOMMUFD_PT), "flags")] = Flags("VFIO_DEVICE_DETACH_", Of(VFIO_DEVICE_DETACH_PASID)),
        [(nameof(VFIO_DEVICE_FEATURE), "flags")] = Flags("VFIO_DEVICE_FEATURE_", Of(VFIO_DEVICE_FEATURE_GET), Of(VFIO_DEVICE_FEATURE_SET), Of(VFIO_DEVICE_FEATURE_PROBE)),
        [(nameof(VFIO_DEVICE_FEATURE_MIGRATION), "flags")] = Flags("VFIO_MIGRATION_", Of(VFIO_MIGRATION_STOP_COPY), Of(VFIO_MIGRATION_P2P), Of(VFIO_MIGRATION_PRE_COPY)),
        [(nameof(VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE), "device_state")] = Values(
            "VFIO_DEVICE_STATE_", Of(VFIO_DEVICE_STATE_ERROR), Of(VFIO_DEVICE_STATE_STOP), Of(VFIO_DEVICE_STATE_RUNNING), Of(VFIO_DEVICE_STATE_STOP_COPY),
            Of(VFIO_DEVICE_STATE_RESUMING), Of(VFIO_DEVICE_STATE_RUNNING_P2P), Of(VFIO_DEVICE_STATE_PRE_COPY), Of(VFIO_DEVICE_STATE_PRE_COPY_P2P)),
        [(nameof(VFIO_DEVICE_FEATURE_BUS_MASTER), "op")] = Values("VFIO_DEVICE_FEATURE_", Of(VFIO_DEVICE_FEATURE_CLEAR_MASTER), Of(VFIO_DEVICE_FEATURE_SET_MASTER)),

        [(nameof(KVM_CREATE_DEVICE), "type")] = Values("KVM_DEV_TYPE_", Of(KVM_DEV_TYPE_VFIO)),
        [(nameof(KVM_CREATE_DEVICE), "flags")] = Flags("KVM_CREATE_DEVICE_", Of(KVM_CREATE_DEVICE_TEST)),
    };

    /// <summary>A value by the names of its field's constants.</summary>
    /// <param name="call">The call's name, or that of a feature of VFIO_DEVICE_FEATURE.</param>
    /// <param name="field">The field in C; <see cref="ValueField"/>.</param>
    /// <param name="value">The value.</param>
    /// <returns>As READABLE|WRITEABLE, what has no name as a number; null where the field has no names or nothing of it has one.</returns>
    public static string? Name(string call, string field, ulong value)
    {
        if (!s_fields.TryGetValue((call, field), out (bool AreFlags, (ulong Value, string Name)[] Names) known))
        {
            return null;
        }

        if (!known.AreFlags)
        {
            return Array.Find(known.Names, entry => entry.Value == value).Name;
        }

        List<string> names = [];
        foreach ((ulong mask, string name) in known.Names.Where(entry => (entry.Value & value) != 0).ToArray())
        {
            names.Add(name);
            value &= ~mask;
        }

        // Beside its flags stands the feature's number.
        if (call == nameof(VFIO_DEVICE_FEATURE) && UapiCatalogue.TryFindFeature((uint)value, out UapiFeature? feature))
        {
            names.Add(feature.Name["VFIO_DEVICE_FEATURE_".Length..]);
            value &= ~(ulong)VFIO_DEVICE_FEATURE_MASK;
        }

        if (names.Count > 0 && value != 0)
        {
            names.Add(string.Create(CultureInfo.InvariantCulture, $"0x{value:x}"));
        }

        return names.Count == 0 ? null : string.Join('|', names);
    }

    private static (bool AreFlags, (ulong Value, string Name)[] Names) Interrupts() => Values(
        "VFIO_PCI_", Of(VFIO_PCI_INTX_IRQ_INDEX), Of(VFIO_PCI_MSI_IRQ_INDEX), Of(VFIO_PCI_MSIX_IRQ_INDEX), Of(VFIO_PCI_ERR_IRQ_INDEX), Of(VFIO_PCI_REQ_IRQ_INDEX));

    private static (bool AreFlags, (ulong Value, string Name)[] Names) Flags(string prefix, params (ulong Value, string Name)[] names) => (true, Shorten(prefix, names));

    private static (bool AreFlags, (ulong Value, string Name)[] Names) Values(string prefix, params (ulong Value, string Name)[] names) => (false, Shorten(prefix, names));

    private static (ulong Value, string Name)[] Shorten(string prefix, (ulong Value, string Name)[] names)
        => [.. names.Select(entry => (entry.Value, Shorten(prefix, entry.Name)))];

    private static string Shorten(string prefix, string name)
    {
        string rest = name.StartsWith(prefix, StringComparison.Ordinal) ? name[prefix.Length..] : name;
        return rest.Replace("_REGION_INDEX", "", StringComparison.Ordinal).Replace("_IRQ_INDEX", "", StringComparison.Ordinal);
    }

    private static (ulong Value, string Name) Of(uint value, [CallerArgumentExpression(nameof(value))] string name = "") => (value, name);
}
