using Vfio.SoftKernel.Tests.Doubles;

namespace Vfio.SoftKernel.Tests.Sysfs;

/// <summary>Numbers written to files of sysfs, with the answers that Linux 7.2.13 gave in the guest.</summary>
public sealed class WrittenNumberTests
{
    private const string Edu = "/sys/bus/pci/devices/0000:00:01.0";
    private const string Nvme = "/sys/bus/pci/devices/0000:00:02.0";
    private const string TestDevice = "/sys/bus/pci/devices/0000:00:03.0";
    private const string Limit = "/sys/module/vfio_iommu_type1/parameters/dma_entry_limit";
    private const string Unsafe = "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts";
    private const string Driver = "/sys/bus/pci/drivers/vfio-pci";

    [Theory]
    [InlineData("010", "8")]
    [InlineData("00", "0")]
    [InlineData("0x10", "16")]
    [InlineData("0XfF\n", "255")]
    [InlineData("+5", "5")]
    [InlineData("5\0zz", "5")]
    [InlineData("4294967295", "4294967295")]
    [InlineData("037777777777", "4294967295")]
    [InlineData("08", "-EINVAL")]
    [InlineData("0x", "-EINVAL")]
    [InlineData("0xg", "-EINVAL")]
    [InlineData("0b1", "-EINVAL")]
    [InlineData("++5", "-EINVAL")]
    [InlineData("-1", "-EINVAL")]
    [InlineData(" 5", "-EINVAL")]
    [InlineData("5 ", "-EINVAL")]
    [InlineData("5\n\n", "-EINVAL")]
    [InlineData("4294967296", "-ERANGE")]
    [InlineData("99999999999999999999zz", "-ERANGE")]
    public void A_modules_number_is_octal_after_a_0_and_out_of_range_above_its_type(string text, string expected)
    {
        using var machine = new Machine("q35-intel");
        string written = machine.Write(Limit, text);
        Assert.Equal(expected, written.StartsWith('-') ? written : machine.Read(Limit).TrimEnd('\n'));
    }

    [Theory]
    [InlineData("E", "Y")]
    [InlineData("disable", "N")]
    [InlineData("on", "Y")]
    [InlineData("of", "N")]
    [InlineData("x", "-EINVAL")]
    public void A_Boolean_is_its_first_letters(string text, string expected)
    {
        using var machine = new Machine("q35-intel");
        string written = machine.Write(Unsafe, text);
        Assert.Equal(expected, written.StartsWith('-') ? written : machine.Read(Unsafe).TrimEnd('\n'));
    }

    [Theory]
    [InlineData("010", "3")]
    [InlineData("08", "-EINVAL")]
    [InlineData("18446744073709551615", "20")]
    [InlineData("01777777777777777777777", "23")]
    [InlineData("18446744073709551616", "-EINVAL")]
    [InlineData("1\n\n", "-EINVAL")]
    public void A_functions_numbers_are_as_long_as_a_machine_word_and_everything_else_is_EINVAL(string text, string expected)
    {
        using var machine = new Machine("q35-intel");
        Assert.Equal(expected, machine.Write($"{TestDevice}/enable", text));
        Assert.Equal(expected == "-EINVAL" ? "0\n" : "1\n", machine.Read($"{TestDevice}/enable"));
        Assert.Equal(expected, machine.Write($"{Edu}/remove", text));
        Assert.Equal(expected == "-EINVAL", machine.Exists(Edu));
        Assert.Equal(expected, machine.Write("/sys/bus/pci/rescan", text));
        Assert.True(machine.Exists(Edu));
    }

    [Theory]
    [InlineData("01", "2")]
    [InlineData("0x1", "3")]
    [InlineData("+1", "2")]
    [InlineData("2", "-EINVAL")]
    [InlineData("1\n\n", "-EINVAL")]
    public void A_reset_is_asked_for_by_any_way_to_write_one(string text, string expected)
    {
        using var machine = new Machine("q35-intel");
        Assert.Equal(expected, machine.Write($"{Nvme}/reset", text));
    }

    [Theory]
    [InlineData("0x1af4 0x9999", "13", "1af4 9999")]
    [InlineData("1af4 9998zz", "11", "1af4 9998")]
    [InlineData("100001af4 9994", "14", "1af4 9994")]
    [InlineData("11af4 9995", "10", "11af4 9995")]
    [InlineData("0x 5", "4", "0 5")]
    [InlineData("1af4\t0xg", "8", "1af4 0")]
    [InlineData("1af4:9997", "-EINVAL", "1af4 9997")]
    [InlineData("1af49989", "-EINVAL", "1af4 9989")]
    [InlineData("-1af4 9993", "-EINVAL", "1af4 9993")]
    public void An_id_is_scanned_not_parsed(string text, string expected, string same)
    {
        using var machine = new Machine("q35-intel");
        Assert.Equal(expected, machine.Write($"{Driver}/new_id", text));
        Assert.Equal(expected[0] == '-' ? "-ENODEV" : $"{same.Length}", machine.Write($"{Driver}/remove_id", same));
    }
}
