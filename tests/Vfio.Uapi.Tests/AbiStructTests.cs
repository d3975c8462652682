namespace Vfio.Uapi.Tests;

public sealed class AbiStructTests
{
    // What the flexible array at the end of a struct is made of, where that is a struct.
    private static readonly Dictionary<string, string> s_elements = new(StringComparer.Ordinal)
    {
        ["vfio_region_info_cap_sparse_mmap"] = "vfio_region_sparse_mmap_area",
        ["vfio_pci_hot_reset_info"] = "vfio_pci_dependent_device",
        ["vfio_device_feature_dma_buf"] = "vfio_region_dma_range",
        ["vfio_iommu_type1_info_cap_iova_range"] = "vfio_iova_range",
    };

    public static TheoryData<string> Structs
        => [.. AbiTable.Fields.Select(row => row.Struct).Distinct().Where(name => !AbiTable.LeftOut.Contains(name))];

    [Theory]
    [MemberData(nameof(Structs))]
    public void Every_field_is_where_a_C_compiler_puts_it(string name)
    {
        Type? type = AbiTable.TypeOf(name);
        Assert.True(type is not null, $"There is no {AbiTable.Pascal(name)} for struct {name}.");
        var ours = MeasuredStruct.Of(type);
        StructRow[] rows = [.. AbiTable.Fields.Where(row => row.Struct == name)];

        string[] differences = [.. rows.Where(row => !Agrees(row, ours)).Select(row => $"{row.Field} at {row.Offset}, {row.Bytes} bytes")];

        Assert.True(
            differences.Length == 0,
            $"struct {name} differs in {string.Join("; ", differences)}.\nHere: {ours.Size} bytes, {string.Join("; ", ours.Fields)}");
    }

    [Theory]
    [MemberData(nameof(Structs))]
    public void No_field_is_ours_alone(string name)
    {
        StructRow[] rows = [.. AbiTable.Fields.Where(row => row.Struct == name)];
        Assert.All(
            MeasuredStruct.Of(AbiTable.TypeOf(name)!).Fields,
            field => Assert.Contains(rows, row => row.Offset <= field.Offset && field.End <= row.Offset + row.Bytes && IsNamed(field, row)));
    }

    [Fact]
    public void Every_struct_is_in_the_tables_or_of_KVM()
    {
        var known = AbiTable.Fields.Select(row => AbiTable.Pascal(row.Struct)).ToHashSet(StringComparer.Ordinal);
        string[] prefixes = ["Iommu", "Vfio"];
        Assert.Empty(typeof(UapiCatalogue).Assembly.GetExportedTypes()
            .Where(type => type.IsValueType && !type.IsEnum && prefixes.Any(prefix => type.Name.StartsWith(prefix, StringComparison.Ordinal)))
            .Select(type => type.Name)
            .Except(known));
    }

    private static bool Agrees(StructRow row, MeasuredStruct ours)
    {
        if (row.Field == "(struct)")
        {
            return row.Bytes == ours.Size;
        }

        if (row.Bytes == 0)
        {
            return row.Offset == ours.Size;
        }

        if (row.Offset >= ours.Size)
        {
            return s_elements.TryGetValue(row.Struct, out string? element)
                && Agrees(row with { Struct = element, Offset = row.Offset - ours.Size }, MeasuredStruct.Of(AbiTable.TypeOf(element)!));
        }

        return ours.Fields.Any(field => field.Offset == row.Offset && field.Bytes == row.Bytes && IsNamed(field, row)) || Covers(row, ours);
    }

    // An array is fields with numbers; a union's member is fields with a prefix; what has no name is just fields.
    private static bool Covers(StructRow row, MeasuredStruct ours)
    {
        int bracket = row.Field.IndexOf('[', StringComparison.Ordinal);
        string prefix = row.Field == "(anonymous)" ? "" : AbiTable.Pascal(bracket < 0 ? row.Field : row.Field[..bracket]);
        MeasuredField[] parts =
        [
            .. ours.Fields.Where(field => field.Offset >= row.Offset && field.End <= row.Offset + row.Bytes
                && field.Name.StartsWith(prefix, StringComparison.Ordinal)),
        ];
        bool composite = bracket >= 0 || prefix.Length == 0 || row.Struct == "iommu_test_cmd";
        int padding = bracket >= 0 ? 0 : 7;
        return composite && parts.Length > 0 && parts.Min(part => part.Offset) == row.Offset
            && parts.Max(part => part.End) >= row.Offset + row.Bytes - padding;
    }

    private static bool IsNamed(MeasuredField field, StructRow row)
    {
        int bracket = row.Field.IndexOf('[', StringComparison.Ordinal);
        string name = AbiTable.Pascal(bracket < 0 ? row.Field : row.Field[..bracket]);
        return field.Name == name
            || (bracket >= 0 && field.Name.StartsWith(name, StringComparison.Ordinal) && field.Name[name.Length..].All(char.IsAsciiDigit))
            || (row.Struct == "iommu_test_cmd" && row.Offset is >= 16 and < 64 && field.Name.EndsWith(name, StringComparison.Ordinal));
    }
}
