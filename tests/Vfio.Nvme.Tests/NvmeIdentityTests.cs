using System.Buffers.Binary;
using System.Text;

namespace Vfio.Nvme.Tests;

public sealed class NvmeIdentityTests
{
    [Fact]
    public void The_fields_stand_where_the_specification_puts_them()
    {
        byte[] data = Page();
        NvmeIdentity identity = NvmeIdentity.Parse(data);
        Assert.Equal(new NvmeIdentity(0x1b36, "S1", "QEMU NVMe Ctrl", "7.2.22", 0x0102, new Version(1, 4, 0), 256, 7) { Capacity = 1 << 30, WarningTemperature = 343, CriticalTemperature = 373, ErrorLogEntries = 1 }, identity);
    }

    [Fact]
    public void Nothing_that_could_steer_a_terminal_passes()
    {
        byte[] data = Page();
        "\e[2J\r\n\0\x07é"u8.CopyTo(data.AsSpan(24));
        string model = NvmeIdentity.Parse(data).Model;
        Assert.StartsWith("?[2J??", model, StringComparison.Ordinal);
        Assert.All(model, c => Assert.InRange(c, ' ', '~'));
    }

    [Fact]
    public void A_page_of_ones_is_read_without_trouble()
    {
        byte[] data = new byte[NvmeIdentity.Size];
        data.AsSpan().Fill(0xff);
        NvmeIdentity identity = NvmeIdentity.Parse(data);
        Assert.Equal(uint.MaxValue, identity.NamespaceCount);
        Assert.Equal(new string('?', 40), identity.Model);
    }

    private static byte[] Page()
    {
        byte[] data = new byte[NvmeIdentity.Size];
        BinaryPrimitives.WriteUInt16LittleEndian(data, 0x1b36);
        Encoding.ASCII.GetBytes("S1".PadRight(20)).CopyTo(data, 4);
        Encoding.ASCII.GetBytes("QEMU NVMe Ctrl".PadRight(40)).CopyTo(data, 24);
        Encoding.ASCII.GetBytes("7.2.22".PadRight(8)).CopyTo(data, 64);
        data[77] = 7;
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(78), 0x0102);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(80), 0x00010400);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(266), 343);
        BinaryPrimitives.WriteUInt16LittleEndian(data.AsSpan(268), 373);
        BinaryPrimitives.WriteUInt128LittleEndian(data.AsSpan(280), 1 << 30);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(516), 256);
        return data;
    }
}
