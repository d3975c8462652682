using System.Globalization;

namespace Vfio.Uapi.Tests;

/// <summary>The ABI of Linux 7.2 as recorded with a C compiler: abi/*.tsv.</summary>
internal static class AbiTable
{
    /// <summary>All constants.</summary>
    public static IReadOnlyList<ConstantRow> Constants { get; } =
        [.. Read("abi-linux-7.2-constants.tsv").Select(cells => new ConstantRow(cells[0], cells[1], Hex(cells[2])))];

    /// <summary>All structs, field by field.</summary>
    public static IReadOnlyList<StructRow> Fields { get; } =
        [.. Read("abi-linux-7.2-structs.tsv").Select(cells => new StructRow(cells[0], cells[1], cells[2], Number(cells[3]), Number(cells[4])))];

    /// <summary>
    /// What this project leaves out: the calls of POWER's own IOMMU (sPAPR TCE), its error handling (EEH) and NVLink2. The two last
    /// names are of sPAPR alone too: type1 never had them.
    /// </summary>
    public static IReadOnlySet<string> LeftOut { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        "VFIO_SPAPR_TCE_IOMMU", "VFIO_SPAPR_TCE_v2_IOMMU", "VFIO_IOMMU_SPAPR_INFO_DDW", "VFIO_IOMMU_SPAPR_TCE_GET_INFO",
        "VFIO_IOMMU_SPAPR_REGISTER_MEMORY", "VFIO_IOMMU_SPAPR_UNREGISTER_MEMORY", "VFIO_IOMMU_SPAPR_TCE_CREATE",
        "VFIO_IOMMU_SPAPR_TCE_REMOVE", "vfio_iommu_spapr_tce_ddw_info", "vfio_iommu_spapr_tce_info", "vfio_iommu_spapr_register_memory",
        "vfio_iommu_spapr_tce_create", "vfio_iommu_spapr_tce_remove",
        "VFIO_EEH", "VFIO_EEH_PE_DISABLE", "VFIO_EEH_PE_ENABLE", "VFIO_EEH_PE_UNFREEZE_IO", "VFIO_EEH_PE_UNFREEZE_DMA",
        "VFIO_EEH_PE_GET_STATE", "VFIO_EEH_PE_STATE_NORMAL", "VFIO_EEH_PE_STATE_RESET", "VFIO_EEH_PE_STATE_STOPPED",
        "VFIO_EEH_PE_STATE_STOPPED_DMA", "VFIO_EEH_PE_STATE_UNAVAIL", "VFIO_EEH_PE_RESET_DEACTIVATE", "VFIO_EEH_PE_RESET_HOT",
        "VFIO_EEH_PE_RESET_FUNDAMENTAL", "VFIO_EEH_PE_CONFIGURE", "VFIO_EEH_PE_INJECT_ERR", "VFIO_EEH_PE_OP", "vfio_eeh_pe_err",
        "vfio_eeh_pe_op",
        "VFIO_REGION_SUBTYPE_NVIDIA_NVLINK2_RAM", "VFIO_REGION_SUBTYPE_IBM_NVLINK2_ATSD", "VFIO_REGION_INFO_CAP_NVLINK2_SSATGT",
        "VFIO_REGION_INFO_CAP_NVLINK2_LNKSPD", "vfio_region_info_cap_nvlink2_ssatgt", "vfio_region_info_cap_nvlink2_lnkspd",
        "VFIO_IOMMU_ENABLE", "VFIO_IOMMU_DISABLE",
    };

    /// <summary>The class that holds a header's constants.</summary>
    public static Type ClassOf(string header) => header switch
    {
        "iommufd" => typeof(IommufdUapi),
        "vfio" => typeof(VfioUapi),
        "iommufd_test" => typeof(IommufdTestUapi),
        _ => throw new ArgumentOutOfRangeException(nameof(header), header, "A header this test does not know."),
    };

    /// <summary>A C name as this project writes it: <c>iommu_ioas_map</c> is IommuIoasMap.</summary>
    public static string Pascal(string name)
        => string.Concat(name.Split('_', StringSplitOptions.RemoveEmptyEntries).Select(part => char.ToUpperInvariant(part[0]) + part[1..]));

    /// <summary>The type for a C struct, or null.</summary>
    public static Type? TypeOf(string structName) => typeof(UapiCatalogue).Assembly.GetType($"Vfio.Uapi.{Pascal(structName)}");

    private static IEnumerable<string[]> Read(string name)
    {
        using Stream stream = typeof(AbiTable).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split('\t'))];
    }

    private static int Number(string cell) => int.Parse(cell, CultureInfo.InvariantCulture);

    private static ulong Hex(string cell) => ulong.Parse(cell.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
