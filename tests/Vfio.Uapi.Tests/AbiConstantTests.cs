using System.Reflection;

namespace Vfio.Uapi.Tests;

public sealed class AbiConstantTests
{
    [Fact]
    public void Every_constant_of_Linux_7_2_is_there_with_its_value()
    {
        var differences = new List<string>();
        int compared = 0;
        foreach (ConstantRow row in AbiTable.Constants.Where(row => !AbiTable.LeftOut.Contains(row.Name)))
        {
            compared++;
            object? ours = AbiTable.ClassOf(row.Header).GetField(row.Name)?.GetRawConstantValue();
            bool same = ours switch
            {
                string => row.IsText,
                // C widened an int; the sign bits say no more than the low 32.
                uint value => !row.IsText && value == unchecked((uint)row.Value) && row.Value >> 32 is 0 or uint.MaxValue,
                _ => false,
            };
            if (!same)
            {
                differences.Add($"{row.Name}: 0x{row.Value:x} in C, {ours ?? "nothing"} here");
            }
        }

        Assert.True(differences.Count == 0, Report(differences));
        Assert.Equal(AbiTable.Constants.Count - AbiTable.Constants.Count(row => AbiTable.LeftOut.Contains(row.Name)), compared);
    }

    [Fact]
    public void Device_api_texts_are_those_of_mediated_devices()
    {
        Assert.Equal("vfio-pci", VfioUapi.VFIO_DEVICE_API_PCI_STRING);
        Assert.Equal("vfio-platform", VfioUapi.VFIO_DEVICE_API_PLATFORM_STRING);
        Assert.Equal("vfio-amba", VfioUapi.VFIO_DEVICE_API_AMBA_STRING);
        Assert.Equal("vfio-ccw", VfioUapi.VFIO_DEVICE_API_CCW_STRING);
        Assert.Equal("vfio-ap", VfioUapi.VFIO_DEVICE_API_AP_STRING);
    }

    [Fact]
    public void No_constant_is_ours_alone()
    {
        var known = AbiTable.Constants.Select(row => row.Name).ToHashSet(StringComparer.Ordinal);
        Type[] classes = [typeof(IommufdUapi), typeof(VfioUapi), typeof(IommufdTestUapi)];
        Assert.Empty(classes.SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static)).Select(field => field.Name).Except(known));
    }

    [Fact]
    public void Only_sPAPR_EEH_and_NVLink_are_left_out()
    {
        var recorded = AbiTable.Constants.Select(row => row.Name).Concat(AbiTable.Fields.Select(row => row.Struct)).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(AbiTable.LeftOut.Except(recorded));
        Assert.All(AbiTable.LeftOut, name => Assert.Matches("(?i)spapr|eeh|nvlink|^VFIO_IOMMU_(EN|DIS)ABLE$", name));
        Assert.All(AbiTable.LeftOut.Where(name => char.IsLower(name[0])), name => Assert.Null(AbiTable.TypeOf(name)));
        Assert.All(AbiTable.LeftOut, name => Assert.Null(typeof(VfioUapi).GetField(name)));
    }

    private static string Report(List<string> differences)
        => $"{differences.Count} differences:\n{string.Join('\n', differences)}\nleft out on purpose: {string.Join(' ', AbiTable.LeftOut)}";
}
