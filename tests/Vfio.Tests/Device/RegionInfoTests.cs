using System.Buffers.Binary;
using CsCheck;
using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class RegionInfoTests
{
    private const int Head = 32;

    [Fact]
    public void Without_a_sparse_list_the_whole_region_can_be_mapped()
    {
        RegionInfo info = RegionInfo.Parse(Answer(0x4000, 0));
        Assert.Equal([new RegionArea(0, 0x4000)], info.MappableAreas);
    }

    [Fact]
    public void A_sparse_list_says_what_can_be_mapped()
    {
        RegionInfo info = RegionInfo.Parse([.. Answer(0x4000, Head), .. Sparse(0, (0, 0x1000), (0x2000, 0x2000))]);
        Assert.Equal([new RegionArea(0, 0x1000), new RegionArea(0x2000, 0x2000)], info.MappableAreas);
    }

    [Theory]
    [InlineData(RegionFlags.Read | RegionFlags.Mmap)]
    [InlineData(RegionFlags.Write | RegionFlags.Mmap)]
    [InlineData(RegionFlags.Mmap)]
    public void A_region_that_cannot_be_read_and_written_is_not_mapped_for_a_store_would_end_the_process(RegionFlags flags)
    {
        byte[] answer = Answer(0x4000, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(answer.AsSpan(4), (uint)flags);
        Assert.Empty(RegionInfo.Parse(answer).MappableAreas);
    }

    [Fact]
    public void An_empty_sparse_list_lets_nothing_be_mapped() =>
        Assert.Empty(RegionInfo.Parse([.. Answer(0x4000, Head), .. Sparse(0)]).MappableAreas);

    [Fact]
    public void Areas_that_leave_the_region_or_a_page_or_each_other_are_left_out()
    {
        RegionInfo info = RegionInfo.Parse(
        [
            .. Answer(0x4000, Head),
            .. Sparse(0, (0x1000, 0x1000), (0x1000, 0x1000), (0x800, 0x1000), (0x3000, 0x2000), (0x5000, 0x1000), (ulong.MaxValue & ~0xfffUL, 0x2000), (0x2000, 0)),
        ]);
        Assert.Equal([new RegionArea(0x1000, 0x1000)], info.MappableAreas);
    }

    [Fact]
    public void A_list_longer_than_the_answer_ends_with_it()
    {
        byte[] sparse = Sparse(0, (0, 0x1000));
        sparse[8] = 0xff;
        sparse[11] = 0xff;
        Assert.Single(RegionInfo.Parse([.. Answer(0x4000, Head), .. sparse]).MappableAreas);
    }

    [Fact]
    public void A_chain_that_leads_back_or_out_ends()
    {
        Assert.Equal([new RegionArea(0, 0x1000)], RegionInfo.Parse([.. Answer(0x4000, Head), .. Sparse(Head, (0, 0x1000))]).MappableAreas);
        Assert.Equal([new RegionArea(0, 0x1000)], RegionInfo.Parse([.. Answer(0x4000, Head), .. Sparse(uint.MaxValue, (0, 0x1000))]).MappableAreas);
        Assert.Single(RegionInfo.Parse(Answer(0x4000, uint.MaxValue)).MappableAreas);
    }

    [Fact]
    public void Any_answer_is_read_without_leaving_it_and_maps_only_the_region() =>
        Gen.Byte.Array[Head, 200].Sample(bytes =>
        {
            RegionInfo info = RegionInfo.Parse(bytes);
            Assert.All(info.MappableAreas, area => Assert.True(area.Length != 0 && area.Offset <= info.Size && area.Length <= info.Size - area.Offset));
        });

    private static byte[] Answer(ulong size, uint capOffset)
    {
        VfioRegionInfo info = new()
        {
            Flags = (uint)(RegionFlags.Read | RegionFlags.Write | RegionFlags.Mmap) | (capOffset != 0 ? (uint)RegionFlags.Capabilities : 0),
            CapOffset = capOffset,
            Size = size,
        };
        return StructBytes.AsBytes(ref info).ToArray();
    }

    private static byte[] Sparse(uint next, params (ulong Offset, ulong Size)[] areas)
    {
        VfioRegionInfoCapSparseMmap cap = new()
        {
            Header = new VfioInfoCapHeader { Id = (ushort)VfioUapi.VFIO_REGION_INFO_CAP_SPARSE_MMAP, Version = 1, Next = next },
            NrAreas = (uint)areas.Length,
        };
        List<byte> bytes = [.. StructBytes.AsBytes(ref cap)];
        foreach ((ulong offset, ulong size) in areas)
        {
            VfioRegionSparseMmapArea area = new() { Offset = offset, Size = size };
            bytes.AddRange(StructBytes.AsBytes(ref area));
        }

        return [.. bytes];
    }
}
