using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.InProcess;

[TestClass(DisableParallelization = true)] // Looks at what the process shares: descriptor numbers, which the next open takes again.
public sealed class PinnedMemoryTests : IDisposable
{
    private const MmapProtection ReadWrite = MmapProtection.Read | MmapProtection.Write;
    private readonly Machine _machine = new("q35-intel");

    private SoftSystemCalls Calls => _machine.Calls;

    private UserMemory Memory => _machine.Calls.Task.Memory;

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void A_sealed_memory_file_is_mapped_once_and_outlives_the_programs_unmap()
    {
        int fd = File(4 * 4096, FileSeals.Shrink);
        nint first = Calls.Mmap(4 * 4096, ReadWrite, MmapFlags.Shared, fd, 0);
        nint second = Calls.Mmap(4096, ReadWrite, MmapFlags.Shared, fd, 2 * 4096);
        Calls.Close(fd);

        Assert.Equal(Errno.None, Memory.Pin((ulong)first + 4096, 4096, true, out DmaBacking? one, out ulong oneOffset));
        Assert.Equal(Errno.None, Memory.Pin((ulong)second, 4096, true, out DmaBacking? two, out ulong twoOffset));

        Assert.Same(one, two);
        Assert.Equal((4096UL, 8192UL), (oneOffset, twoOffset));
        Assert.NotEqual(0, one!.Address);
        MappedBytes.At(first + 8192, 1)[0] = 0x5a;
        Calls.Munmap(first, 4 * 4096);
        Calls.Munmap(second, 4096);
        byte[] found = new byte[1];
        Assert.True(two!.TryRead(8192, found));
        Assert.Equal(0x5a, found[0]);
        Assert.NotEmpty(Calls.FindLeaks());
        one.Release();
        two.Release();
        Assert.Empty(Calls.FindLeaks());
    }

    [Fact]
    public void A_file_that_may_shrink_is_never_dereferenced()
    {
        int fd = File(4096, FileSeals.None);
        nint address = Calls.Mmap(4096, ReadWrite, MmapFlags.Shared, fd, 0);
        Assert.Equal(Errno.None, Memory.Pin((ulong)address, 4096, true, out DmaBacking? backing, out ulong offset));
        Assert.Equal(0, backing!.Address);
        Assert.True(backing.TryWrite(offset, "device"u8));
        Assert.Equal((byte)'d', MappedBytes.At(address, 1)[0]);

        Calls.Ftruncate(fd, 0);

        Assert.False(backing.TryRead(offset, new byte[8]));
        Assert.False(backing.TryWrite(offset, new byte[8]));
        backing.Release();
        Calls.Munmap(address, 4096);
        Calls.Close(fd);
    }

    [Fact]
    public void Huge_pages_are_kept_and_never_dereferenced_for_one_that_is_gone_would_be_SIGBUS()
    {
        const int Huge = 2 << 20;
        Assert.SkipUnless(
            System.IO.File.ReadLines("/proc/meminfo").Any(static line => line.StartsWith("HugePages_Free:", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal)),
            "this host has no free page of 2 MiB");
        int fd = Calls.MemfdCreate("huge", MemfdFlags.AllowSealing | MemfdFlags.HugePages);
        Assert.Equal(0, Calls.Ftruncate(fd, Huge));
        nint address = Calls.Mmap(Huge, ReadWrite, MmapFlags.Shared, fd, 0);
        Assert.Equal(Errno.None, Memory.Pin((ulong)address, Huge, true, out DmaBacking? backing, out ulong offset));
        Assert.Equal((0, (ulong)Huge), (backing!.Address, backing.PageSize));
        Assert.True(backing.TryWrite(offset + 4096, "device"u8));
        Assert.Equal((byte)'d', MappedBytes.At(address + 4096, 1)[0]);
        Calls.Munmap(address, Huge);
        byte[] found = new byte[6];
        Assert.True(backing.TryRead(offset + 4096, found));
        Assert.Equal("device"u8, found);

        Calls.Ftruncate(fd, 0);

        Assert.False(backing.TryRead(offset, found));
        Assert.False(backing.TryWrite(offset, found));
        backing.Release();
        Calls.Close(fd);
    }

    [Fact]
    public void Pages_unmapped_in_any_order_are_the_ones_a_device_has_lost()
    {
        const int Pages = 32;
        nint address = Calls.Mmap(Pages * 4096, ReadWrite, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
        Assert.Equal(Errno.None, Memory.Pin((ulong)address, Pages * 4096, true, out DmaBacking? backing, out ulong offset));
        int[] order = [.. Enumerable.Range(0, Pages)];
        new Random(1).Shuffle(order);
        HashSet<int> lost = [];
        List<nint> others = [];
        byte[] two = new byte[2 * 4096];
        foreach (int page in order)
        {
            Calls.Munmap(address + (page * 4096), 4096);
            lost.Add(page);
            // Mapped again by somebody else, it stays lost.
            others.Add(Calls.Mmap(4096, ReadWrite, MmapFlags.Private | MmapFlags.Anonymous, -1, 0));
            for (int at = 0; at < Pages - 1; at++)
            {
                Assert.Equal(!lost.Contains(at), backing!.TryRead(offset + ((ulong)at * 4096), two.AsSpan(0, 4096)));
                Assert.Equal(!lost.Contains(at) && !lost.Contains(at + 1), backing.TryRead(offset + ((ulong)at * 4096), two));
            }
        }

        backing!.Release();
        others.ForEach(other => Calls.Munmap(other, 4096));
    }

    [Fact]
    public void Private_memory_is_reached_through_the_process()
    {
        nint address = Calls.Mmap(3 * 4096, ReadWrite, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
        Assert.Equal(Errno.None, Memory.Pin((ulong)address, 3 * 4096, true, out DmaBacking? backing, out ulong offset));

        Assert.True(backing!.TryWrite(offset + 4090, "across a page"u8));
        Assert.Equal((byte)'a', MappedBytes.At(address + 4090, 1)[0]);
        backing.Release();
        Calls.Munmap(address, 3 * 4096);
    }

    [Fact]
    public void Private_memory_that_was_unmapped_is_gone_and_what_is_mapped_there_next_is_not_the_devices()
    {
        const int Pages = 5 * 4096;
        nint address = Calls.Mmap(Pages, ReadWrite, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
        Assert.Equal(Errno.None, Memory.Pin((ulong)address, Pages, true, out DmaBacking? backing, out ulong offset));
        Calls.Munmap(address + 4096, 4096);
        Calls.Munmap(address + (3 * 4096), 4096);
        Calls.Munmap(address + (2 * 4096), 4096);

        // The lowest place that fits is most often the one just left.
        nint next = Calls.Mmap(3 * 4096, ReadWrite, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
        Assert.False(backing!.TryWrite(offset + 4096, "device"u8));
        Assert.False(backing.TryWrite(offset + (4 * 4096) - 3, "device"u8));
        Assert.False(backing.TryRead(offset + 4095, new byte[2]));
        Assert.Equal(0, MappedBytes.At(next, 1)[0]);

        // Around it everything is as it was; and it can be pinned anew.
        Assert.True(backing.TryWrite(offset + 4090, "device"u8));
        Assert.True(backing.TryWrite(offset + (4 * 4096), "device"u8));
        Assert.Equal((byte)'d', MappedBytes.At(address + (4 * 4096), 1)[0]);
        Assert.Equal(Errno.None, Memory.Pin((ulong)next, 3 * 4096, true, out DmaBacking? other, out ulong otherOffset));
        Assert.True(other!.TryWrite(otherOffset, "anew"u8));
        Assert.Equal((byte)'a', MappedBytes.At(next, 1)[0]);

        // The same private page is the same place, whenever it was pinned; a lost one is no place of the program's.
        Assert.Equal(Errno.None, Memory.Pin((ulong)address, 4096, true, out DmaBacking? again, out ulong againOffset));
        Assert.Equal(backing.PlaceOf(offset), again!.PlaceOf(againOffset));
        Assert.NotEqual(other.PlaceOf((ulong)address + 4096), backing.PlaceOf(offset + 4096));
        again.Release();
        other.Release();
        backing.Release();
        Calls.Munmap(next, 3 * 4096);
        Calls.Munmap(address, 4096);
        Calls.Munmap(address + (4 * 4096), 4096);
    }

    /// <summary>Pinned anew for each unmap: what was lost before is refused at once, and no transfer would be under way.</summary>
    [Fact]
    public void An_unmap_waits_for_the_transfers_under_way()
    {
        byte[] data = new byte[32 * 4096];
        Array.Fill(data, (byte)0x77);
        for (int i = 0; i < 100; i++)
        {
            nint address = Calls.Mmap(64 * 4096, ReadWrite, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
            Assert.Equal(Errno.None, Memory.Pin((ulong)address, 64 * 4096, true, out DmaBacking? backing, out ulong offset));
            long written = 0;
            var device = new Thread(() =>
            {
                while (backing!.TryWrite(offset + (16 * 4096), data))
                {
                    Interlocked.Increment(ref written);
                }
            });
            device.Start();
            // By no clock: it writes on, or ends because it could not.
            SpinWait.SpinUntil(() => Volatile.Read(ref written) > i % 4 || !device.IsAlive);
            Assert.True(Volatile.Read(ref written) > i % 4);
            Assert.Equal(0, Calls.Munmap(address + (20 * 4096), 4096));
            nint next = Calls.Mmap(4096, ReadWrite, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
            device.Join();

            Assert.Equal(0, MappedBytes.At(next, 1)[0]);
            backing!.Release();
            Calls.Munmap(next, 4096);

            // Around the hole: what stands in it by now is somebody else's, the runtime's for one.
            Calls.Munmap(address, 20 * 4096);
            Calls.Munmap(address + (21 * 4096), 43 * 4096);
        }
    }

    [Fact]
    public void An_unmap_does_not_wait_for_transfers_that_begin_after_it()
    {
        const int Size = 1 << 20;
        nint address = Calls.Mmap(Size + 4096, ReadWrite, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
        Assert.Equal(Errno.None, Memory.Pin((ulong)address, Size + 4096, true, out DmaBacking? backing, out ulong offset));
        bool stop = false;
        Thread[] devices = [.. Enumerable.Range(0, 4).Select(_ => new Thread(() =>
        {
            byte[] data = new byte[Size];
            while (!Volatile.Read(ref stop))
            {
                backing!.TryWrite(offset, data);
            }
        }))];
        foreach (Thread device in devices)
        {
            device.Start();
        }

        // Their transfers overlap: seldom is none under way.
        var unmap = new Thread(() => Calls.Munmap(address + Size, 4096)) { IsBackground = true };
        unmap.Start();
        bool done = unmap.Join(TimeSpan.FromSeconds(30));
        Volatile.Write(ref stop, true);
        foreach (Thread device in devices)
        {
            device.Join();
        }

        Assert.True(done);
        backing!.Release();
        Calls.Munmap(address, Size);
    }

    [Fact]
    public void Pages_past_the_end_of_a_file_cannot_be_pinned()
    {
        int fd = File(4096, FileSeals.None);
        nint address = Calls.Mmap(8192, ReadWrite, MmapFlags.Shared, fd, 0);

        Assert.Equal(Errno.EFAULT, Memory.Pin((ulong)address, 8192, false, out _, out _));
        Assert.Equal(Errno.EFAULT, Memory.Pin((ulong)address + 4096, 4096, false, out _, out _));
        Assert.Equal(Errno.None, Memory.Pin((ulong)address, 4096, false, out DmaBacking? backing, out _));
        backing!.Release();
        Calls.Munmap(address, 8192);
        Calls.Close(fd);
    }

    [Fact]
    public void A_pin_for_writing_needs_memory_that_may_be_written()
    {
        nint address = Calls.Mmap(4096, MmapProtection.Read, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
        int fd = File(4096, FileSeals.Shrink);
        nint file = Calls.Mmap(4096, MmapProtection.Read, MmapFlags.Shared, fd, 0);

        Assert.Equal(Errno.EFAULT, Memory.Pin((ulong)address, 4096, true, out _, out _));
        Assert.Equal(Errno.None, Memory.Pin((ulong)address, 4096, false, out DmaBacking? some, out _));
        Assert.Equal(Errno.EFAULT, Memory.Pin((ulong)file, 4096, true, out _, out _));
        Assert.Equal(Errno.None, Memory.Pin((ulong)file, 4096, false, out DmaBacking? mapped, out _));
        some!.Release();
        mapped!.Release();
        Calls.Munmap(address, 4096);
        Calls.Munmap(file, 4096);
        Calls.Close(fd);
    }

    [Theory]
    [InlineData(0, 4096)]
    [InlineData(0x7000, ulong.MaxValue)]
    [InlineData(0xffff_8000_0000_0000, 4096)]
    [InlineData(ulong.MaxValue - 4095, 4096)]
    [InlineData(0x7fff_ffff_f000, 8192)]
    public void What_is_no_memory_of_a_programs_cannot_be_pinned(ulong address, ulong length)
    {
        Assert.Equal(Errno.EFAULT, Memory.Pin(address, length, false, out DmaBacking? backing, out _));
        Assert.Null(backing);
    }

    [Fact]
    public void Part_of_a_mapping_that_was_unmapped_is_gone_and_the_rest_keeps_its_place()
    {
        int fd = File(4 * 4096, FileSeals.Shrink);
        nint address = Calls.Mmap(4 * 4096, ReadWrite, MmapFlags.Shared, fd, 0);
        Calls.Munmap(address + 4096, 4096);

        Assert.Equal(Errno.None, Memory.Pin((ulong)address, 4096, true, out DmaBacking? before, out ulong first));
        Assert.Equal(Errno.None, Memory.Pin((ulong)address + 8192, 8192, true, out DmaBacking? after, out ulong second));
        Assert.Equal((0UL, 8192UL), (first, second));
        Assert.NotEqual(0, before!.Address);
        Assert.Same(before, after);
        before.Release();
        after!.Release();
        Calls.Munmap(address, 4096);
        Calls.Munmap(address + 8192, 8192);
        Calls.Close(fd);
        Assert.Empty(Calls.FindLeaks());
    }

    [Fact]
    public void A_file_that_grew_is_mapped_anew_and_the_old_pin_stays()
    {
        int fd = File(4096, FileSeals.Shrink);
        nint address = Calls.Mmap(4096, ReadWrite, MmapFlags.Shared, fd, 0);
        Assert.Equal(Errno.None, Memory.Pin((ulong)address, 4096, true, out DmaBacking? small, out _));
        Calls.Ftruncate(fd, 8192);
        nint more = Calls.Mmap(8192, ReadWrite, MmapFlags.Shared, fd, 0);

        Assert.Equal(Errno.None, Memory.Pin((ulong)more, 8192, true, out DmaBacking? large, out _));

        Assert.Equal(8192UL, large!.Length);
        Assert.True(small!.TryWrite(0, "x"u8));
        Assert.Equal((byte)'x', MappedBytes.At(more, 1)[0]);
        small.Release();
        large.Release();
        Calls.Munmap(address, 4096);
        Calls.Munmap(more, 8192);
        Calls.Close(fd);
        Assert.Empty(Calls.FindLeaks());
    }

    [Theory]
    [InlineData(FileSeals.Shrink, true)]
    [InlineData(FileSeals.None, false)]
    public void A_memory_file_is_pinned_by_its_descriptor(FileSeals seals, bool mapped)
    {
        int fd = File(5000, seals);
        Assert.Equal(Errno.None, Calls.Task.Files.HoldForPinning(fd, out PinnableFile? file));
        Calls.Close(fd);

        Assert.Equal(Errno.None, file!.Pin(4096, 4096, true, out DmaBacking? backing, out ulong offset));
        Assert.Equal(Errno.EINVAL, file.Pin(8192, 4096, true, out _, out _));
        Assert.Equal(Errno.EINVAL, file.Pin(ulong.MaxValue - 4095, 4096, true, out _, out _));
        Assert.Equal(mapped, backing!.Address != 0);
        Assert.True(backing.TryWrite(offset, "bytes"u8));
        byte[] found = new byte[5];
        Assert.True(backing.TryRead(offset, found));
        Assert.Equal("bytes"u8, found);
        backing.Release();
        file.Release();
    }

    /// <summary>Past a place that a page table has no room for: refused, and no other place of the file in its stead.</summary>
    [Fact]
    public void A_memory_file_is_pinned_as_far_as_page_tables_reach()
    {
        int fd = File(1L << 51, FileSeals.None);
        Assert.Equal(Errno.None, Calls.Task.Files.HoldForPinning(fd, out PinnableFile? file));
        Calls.Close(fd);

        Assert.Equal(Errno.None, file!.Pin(DmaBacking.Reach - 4096, 4096, true, out DmaBacking? backing, out ulong offset));
        IommuUnit unit = new() { Name = "mock", Kind = IommuKind.Mock, PageSizes = 2048 | 4096, ApertureLast = (1UL << 38) - 1 };
        IommuDomain domain = unit.AllocateDomain();
        domain.Map(0, backing!, offset, 4096, Hardware.Iommus.DmaAccess.Write);
        Assert.True(domain.TryWrite(4090, "bytes"u8));
        byte[] found = new byte[5];
        Assert.True(backing!.TryRead(DmaBacking.Reach - 6, found));
        Assert.Equal("bytes"u8, found);

        Assert.Equal(Errno.EINVAL, file.Pin(DmaBacking.Reach, 4096, true, out _, out _));
        Assert.Equal(Errno.EINVAL, file.Pin(DmaBacking.Reach - 4096, 8192, true, out _, out _));
        backing.Release();
        file.Release();
    }

    [Fact]
    public void What_is_no_memory_file_is_held_but_not_pinned()
    {
        int soft = Calls.Open("/dev/iommu", OpenFlags.ReadWrite);
        int host = Calls.Eventfd(0, EventfdFlags.None);
        foreach (int fd in new[] { soft, host })
        {
            Assert.Equal(Errno.None, Calls.Task.Files.HoldForPinning(fd, out PinnableFile? file));
            Assert.Equal(Errno.EINVAL, file!.Pin(0, 4096, false, out _, out _));
            file.Release();
            Calls.Close(fd);
        }

        Assert.Equal(Errno.EBADF, Calls.Task.Files.HoldForPinning(-1, out _));
        Assert.Equal(Errno.EBADF, Calls.Task.Files.HoldForPinning(99999, out _));
    }

    [Theory]
    [InlineData(FileSeals.Shrink, 1)]
    [InlineData(FileSeals.None, 2)]
    public void A_file_mapped_a_thousand_times_takes_one_descriptor_and_one_to_reach_it(FileSeals seals, int descriptors)
    {
        var counting = new CountingHost(Machine.Host);
        var files = new FileTable(counting, new MemfdBackings(counting));
        int fd = File(0x10000, seals);
        List<(PinnableFile File, DmaBacking Backing)> held = [];
        for (int i = 0; i < 1000; i++)
        {
            Assert.Equal(Errno.None, files.HoldForPinning(fd, out PinnableFile? file));
            Assert.Equal(Errno.None, file!.Pin((ulong)(i % 16) << 12, 4096, true, out DmaBacking? backing, out _));
            held.Add((file, backing!));
        }

        Assert.Equal(descriptors, counting.Held.Count(static entry => entry.StartsWith("fd", StringComparison.Ordinal)));
        held.ForEach(static entry => entry.Backing.Release());
        held.ForEach(static entry => entry.File.Release());
        Assert.Empty(counting.Held);
        Calls.Close(fd);
    }

    [Fact]
    public void The_same_file_is_the_same_place_by_descriptor_and_by_any_mapping()
    {
        int fd = File(0x4000, FileSeals.None);
        nint one = Calls.Mmap(0x4000, ReadWrite, MmapFlags.Shared, fd, 0);
        nint two = Machine.Host.Mmap(0x2000, ReadWrite, MmapFlags.Shared, fd, 0x2000);
        Assert.Equal(Errno.None, Calls.Task.Files.HoldForPinning(fd, out PinnableFile? file));
        MemoryPlace place = Place(file!.Pin(0x3000, 4096, false, out DmaBacking? backing, out ulong offset), backing, offset);
        Assert.Equal(place, Place(Memory.Pin((ulong)one + 0x3000, 4096, false, out backing, out offset), backing, offset));
        Assert.Equal(place, Place(Memory.Pin((ulong)two + 0x1000, 4096, false, out backing, out offset), backing, offset));
        Assert.NotEqual(place, Place(Memory.Pin((ulong)two, 4096, false, out backing, out offset), backing, offset));
        file.Release();
        Machine.Host.Munmap(two, 0x2000);
        Calls.Munmap(one, 0x4000);
        Calls.Close(fd);
    }

    private static MemoryPlace Place(Errno error, DmaBacking? backing, ulong offset)
    {
        Assert.Equal(Errno.None, error);
        MemoryPlace place = backing!.PlaceOf(offset);
        backing.Release();
        return place;
    }

    private int File(long size, FileSeals seals)
    {
        int fd = Calls.MemfdCreate("memory", MemfdFlags.AllowSealing);
        Assert.Equal(0, Calls.Ftruncate(fd, size));
        if (seals != FileSeals.None)
        {
            Assert.Equal(0, Calls.AddSeals(fd, seals));
        }

        return fd;
    }
}
