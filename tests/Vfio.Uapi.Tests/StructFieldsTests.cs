namespace Vfio.Uapi.Tests;

/// <summary>Calls taken apart for people: fields by their C names, values by their constants' names.</summary>
public sealed class StructFieldsTests
{
    [Fact]
    public void Every_field_that_is_read_is_one_of_the_headers()
    {
        foreach (UapiCall call in UapiCatalogue.Calls.Where(static call => call.StructName is not null && !call.Name.StartsWith("KVM_", StringComparison.Ordinal) && call.Number != IommufdTestUapi.IOMMU_TEST_CMD))
        {
            IEnumerable<string> read = call.ReadFields(new byte[call.Size]).Select(static field => NameOfArray(field.Name).TrimStart('_'));
            string[] known = [.. AbiTable.Fields.Where(row => row.Struct == call.StructName).Select(static row => row.Field.Split('[')[0].TrimStart('_'))];
            Assert.True(!read.Except(known).Any(), $"{call.StructName}: {string.Join(", ", read.Except(known))}");
            Assert.NotEmpty(read);
        }
    }

    // __reserved[3] is three fields here.
    private static string NameOfArray(string field) => field.StartsWith("__reserved", StringComparison.Ordinal) ? field.TrimEnd("0123456789".ToCharArray()) : field;

    [Fact]
    public void A_field_has_the_value_at_its_place_and_one_past_the_end_is_left_out()
    {
        byte[] bytes = new byte[12];
        bytes[0] = 12;
        bytes[8] = 255;
        UapiCall attach = UapiCatalogue.Calls.Single(static call => call.Name == "VFIO_DEVICE_ATTACH_IOMMUFD_PT");
        Assert.Equal([new("argsz", 12, false), new("flags", 0, false), new("pt_id", 255, false), new("pasid", 0, false)], attach.ReadFields([.. bytes, 0, 0, 0, 0]));
        Assert.Equal(["argsz", "flags", "pt_id"], attach.ReadFields(bytes).Select(static field => field.Name));
    }

    [Fact]
    public void A_signed_field_keeps_its_sign()
    {
        UapiCall map = UapiCatalogue.Calls.Single(static call => call.Name == "IOMMU_IOAS_MAP_FILE");
        byte[] bytes = new byte[map.Size];
        bytes.AsSpan(12, 4).Fill(255);
        Assert.Equal(new UapiField("fd", ulong.MaxValue, IsSigned: true), map.ReadFields(bytes).Single(static field => field.Name == "fd"));
    }

    [Theory]
    [InlineData("IOMMU_IOAS_MAP", "flags", 6, "WRITEABLE|READABLE")]
    [InlineData("IOMMU_IOAS_MAP", "flags", 0x16, "WRITEABLE|READABLE|0x10")]
    [InlineData("IOMMU_IOAS_MAP", "flags", 0, null)]
    [InlineData("IOMMU_IOAS_MAP", "flags", 0x10, null)]
    [InlineData("IOMMU_IOAS_MAP", "length", 1, null)]
    [InlineData("IOMMU_OPTION", "op", 1, "GET")]
    [InlineData("IOMMU_OPTION", "op", 2, null)]
    [InlineData("VFIO_SET_IOMMU", UapiSymbols.ValueField, 3, "TYPE1v2_IOMMU")]
    [InlineData("VFIO_DEVICE_GET_REGION_INFO", "index", 7, "CONFIG")]
    [InlineData("VFIO_DEVICE_SET_IRQS", "index", 1, "MSI")]
    [InlineData("VFIO_DEVICE_FEATURE", "flags", 0x10001, "GET|MIGRATION")]
    [InlineData("VFIO_DEVICE_FEATURE", "flags", 0x60000, "SET|PROBE|PCI_VF_TOKEN")]
    [InlineData("VFIO_DEVICE_FEATURE", "flags", 0x10fff, "GET|0xfff")]
    [InlineData("VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE", "device_state", 2, "RUNNING")]
    public void A_value_is_told_by_the_names_of_its_constants(string call, string field, uint value, string? name) => Assert.Equal(name, UapiSymbols.Name(call, field, value));
}
