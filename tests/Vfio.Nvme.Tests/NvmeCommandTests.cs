namespace Vfio.Nvme.Tests;

public sealed class NvmeCommandTests
{
    [Fact]
    public void Identify_is_encoded_as_the_specification_lays_it_out()
    {
        byte[] entry = new byte[NvmeCommand.Size];
        entry.AsSpan().Fill(0xff);
        new NvmeCommand { Opcode = NvmeOpcode.Identify, Namespace = 7, Data = 0x1122334455667000, Dword10 = 2 }.Write(entry, 0x8001);
        byte[] expected = new byte[NvmeCommand.Size];
        new byte[] { 0x06, 0x00, 0x01, 0x80, 0x07 }.CopyTo(expected, 0);
        new byte[] { 0x00, 0x70, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11 }.CopyTo(expected, 24);
        expected[40] = 2;
        Assert.Equal(expected, entry);
    }
}
