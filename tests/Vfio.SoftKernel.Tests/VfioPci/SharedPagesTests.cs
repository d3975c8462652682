using System.Buffers.Binary;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.VfioPci;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.VfioPci;

public sealed class SharedPagesTests : IDisposable
{
    private const long Position = 0x3000;

    private readonly ISystemCalls _host = VfioHost.Local.Calls;
    private readonly int _file;

    public SharedPagesTests()
    {
        _file = _host.MemfdCreate("pages", MemfdFlags.AllowSealing);
        Assert.Equal(0, _host.Ftruncate(_file, 0x10000));
    }

    public void Dispose() => _host.Close(_file);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_stored_to_the_file_is_found_in_the_pages_and_the_other_way_round(bool isRead)
    {
        using PciSharedPages pages = Pages(isRead);
        Store(Position + 0x18, 0x12345678);
        Store(Position + 0xffc, 0x9abcdef0);
        pages.Look(pages.Size);
        Assert.Equal(0x12345678u, pages.Read32(0x18));
        Assert.Equal(0x9abcdef0u, pages.Read32(0xffc));
        pages.Write32(0x20, 77);
        Span<byte> word = stackalloc byte[4];
        Assert.Equal(4, _host.Pread(_file, word, Position + 0x20));
        Assert.Equal(77u, BinaryPrimitives.ReadUInt32LittleEndian(word));
        Assert.Equal(77u, pages.Read32(0x20));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_outside_the_pages_and_nothing_after_their_end_is_touched(bool isRead)
    {
        PciSharedPages pages = Pages(isRead);
        Assert.Throws<ArgumentOutOfRangeException>(() => pages.Read32(0x1000));
        Assert.Throws<ArgumentOutOfRangeException>(() => pages.Read32(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => pages.Write32(ulong.MaxValue - 3, 0));
        pages.Dispose();
        Assert.Throws<ObjectDisposedException>(() => pages.Read32(0));
        Assert.Throws<ObjectDisposedException>(() => pages.Write32(0, 0));
    }

    [Fact]
    public void A_file_that_is_mapped_can_not_be_cut_off_any_more()
    {
        using PciSharedPages pages = Pages(isRead: false);
        Assert.Equal(-(int)Errno.EPERM, _host.Ftruncate(_file, 0));
        Assert.Equal(0u, pages.Read32(0));
    }

    [Fact]
    public void A_file_that_can_not_be_sealed_is_not_mapped_and_stays_as_it_was_seen_when_it_is_cut_off()
    {
        int file = _host.MemfdCreate("pages", MemfdFlags.None);
        Assert.Equal(0, _host.Ftruncate(file, 0x10000));
        Assert.Null(MappedPages.Map(_host, file, Position, 0x1000));
        using var pages = new ReadPages(_host, file, Position, 0x1000);
        pages.Write32(8, 5);
        Assert.Equal(0, _host.Ftruncate(file, 0));
        pages.Look(0x1000);
        Assert.Equal(5u, pages.Read32(8));
        _host.Close(file);
    }

    private PciSharedPages Pages(bool isRead)
        => isRead ? new ReadPages(_host, _file, Position, 0x1000) : MappedPages.Map(_host, _file, Position, 0x1000) ?? throw new InvalidOperationException("not mapped");

    private void Store(long position, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Assert.Equal(4, _host.Pwrite(_file, bytes, position));
    }
}
