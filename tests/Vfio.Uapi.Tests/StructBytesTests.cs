namespace Vfio.Uapi.Tests;

public sealed class StructBytesTests
{
    [Fact]
    public void The_bytes_of_a_struct_are_the_struct()
    {
        var range = new IommuIovaRange { Start = 0x1122, Last = 0x3344 };
        Span<byte> bytes = StructBytes.AsBytes(ref range);
        Assert.Equal(16, bytes.Length);
        Assert.Equal(0x22, bytes[0]);
        bytes[8] = 0xff;
        Assert.Equal(0x33ffUL, range.Last);
    }

    [Fact]
    public void The_bytes_of_an_array_follow_each_other()
    {
        IommuIovaRange[] ranges = [new() { Start = 1, Last = 2 }, new() { Start = 3, Last = 4 }];
        Span<byte> bytes = StructBytes.AsBytes<IommuIovaRange>(ranges);
        Assert.Equal(32, bytes.Length);
        Assert.Equal(3, bytes[16]);
    }

    [Fact]
    public void A_struct_is_read_at_any_alignment_and_never_beyond_the_buffer()
    {
        byte[] buffer = [0xee, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0];
        Assert.True(StructBytes.TryRead(buffer.AsSpan(1), out IommuIovaRange range));
        Assert.Equal((1UL, 2UL), (range.Start, range.Last));
        Assert.False(StructBytes.TryRead(buffer.AsSpan(2), out range));
        Assert.Equal((0UL, 0UL), (range.Start, range.Last));
    }

    [Fact]
    public void A_struct_is_written_at_any_alignment_and_never_beyond_the_buffer()
    {
        byte[] buffer = new byte[17];
        Assert.True(StructBytes.TryWrite(buffer.AsSpan(1), new IommuIovaRange { Start = 1, Last = 2 }));
        Assert.Equal([0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0], buffer);
        Assert.False(StructBytes.TryWrite(buffer.AsSpan(2), new IommuIovaRange { Start = 7 }));
        Assert.Equal(1, buffer[1]);
    }
}
