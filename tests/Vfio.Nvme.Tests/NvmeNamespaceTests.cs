using System.Buffers.Binary;

namespace Vfio.Nvme.Tests;

public sealed class NvmeNamespaceTests
{
    [Theory]
    [InlineData(0x00, 0, 9, 512)]
    [InlineData(0x01, 1, 12, 4096)]
    [InlineData(0x2f, 31, 12, 4096)]
    public void The_block_size_is_that_of_the_format_in_use(byte formatted, int format, byte shift, int blockSize)
    {
        byte[] data = new byte[4096];
        BinaryPrimitives.WriteUInt64LittleEndian(data, 131072);
        data[26] = formatted;
        data[128 + (4 * format) + 2] = shift;
        Assert.Equal(new NvmeNamespace(1, 131072, blockSize), NvmeNamespace.Parse(1, data));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(31)]
    [InlineData(255)]
    public void A_block_size_that_no_controller_has_is_none(byte shift)
    {
        byte[] data = new byte[4096];
        data[130] = shift;
        Assert.Equal(0, NvmeNamespace.Parse(1, data).BlockSize);
    }

    [Fact]
    public void Formats_that_are_not_offered_are_left_out_and_the_one_in_use_is_marked()
    {
        byte[] data = new byte[4096];
        data[25] = 3;
        data[26] = 0x02;
        new byte[] { 0, 0, 9, 2, 8, 0, 9, 3, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0, 12, 0 }.CopyTo(data, 128);
        Assert.Equal([new NvmeFormat(512, 0, 2, false), new NvmeFormat(512, 8, 3, false), new NvmeFormat(4096, 0, 0, true)], NvmeFormat.ParseAll(data));
    }

    [Fact]
    public void More_formats_than_there_is_room_for_are_not_read()
    {
        byte[] data = new byte[4096];
        data.AsSpan().Fill(0xff);
        Assert.Equal(64, NvmeFormat.ParseAll(data).Count);
    }
}
