using Vfio.Emulator.Remote;
using Vfio.Hardware.Iommus;

namespace Vfio.Emulator.Tests.Remote;

/// <summary>What is remembered of files that were pinned.</summary>
public sealed class HeldFilesTests
{
    private readonly HeldFiles _files = new();

    [Fact]
    public void What_is_free_is_forgotten_in_the_end_and_what_is_pinned_is_found()
    {
        var kept = new Backing();
        _files.Add(File(0), isWritable: true, kept);
        for (ulong i = 1; i < 10_000; i++)
        {
            var backing = new Backing();
            _files.Add(File(i), isWritable: true, backing);
            backing.Release();
            Assert.InRange(_files.Count, 1, 100);
        }

        Assert.True(_files.TryGet(File(0), isWritable: true, end: 4096, out DmaBacking? found));
        Assert.Same(kept, found);
    }

    [Fact]
    public void One_that_is_free_or_too_short_or_of_other_rights_is_not_found()
    {
        var backing = new Backing();
        _files.Add(File(1), isWritable: false, backing);
        Assert.False(_files.TryGet(File(1), isWritable: true, end: 4096, out _));
        Assert.False(_files.TryGet(File(1), isWritable: false, end: 4097, out _));
        Assert.True(_files.TryGet(File(1), isWritable: false, end: 4096, out _));
        backing.Release();
        backing.Release();
        Assert.False(_files.TryGet(File(1), isWritable: false, end: 4096, out _));
    }

    private static (uint, uint, ulong) File(ulong inode) => (0, 1, inode);

    private sealed class Backing : DmaBacking
    {
        public override ulong Length => 4096;

        public override bool TryRead(ulong offset, Span<byte> destination) => false;

        public override bool TryWrite(ulong offset, ReadOnlySpan<byte> source) => false;

        protected override void Free()
        {
        }
    }
}
