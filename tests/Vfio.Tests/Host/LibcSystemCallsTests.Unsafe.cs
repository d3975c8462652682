using System.Text;
using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class LibcSystemCallsTests
{
    private static readonly ISystemCalls Calls = VfioHost.Local.Calls;
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void Errors_are_negative_errnos()
    {
        Assert.Equal(-(int)Errno.ENOENT, Calls.Open("/no/such/file", OpenFlags.ReadOnly));
        Assert.Equal(-(int)Errno.EBADF, Calls.Close(-1));
        Assert.Equal(-(int)Errno.EBADF, Calls.Dup(-1));
        Assert.Equal(-(int)Errno.EBADF, Calls.Ioctl(-1, 0x3b80, 0));
        Assert.Equal(-(int)Errno.EBADF, Calls.Ioctl(-1, 0x3b80, new byte[8]));
        Assert.Equal(-(int)Errno.EBADF, Calls.Read(-1, new byte[1]));
        Assert.Equal(-(int)Errno.EBADF, Calls.Write(-1, new byte[1]));
        Assert.Equal(-(int)Errno.EBADF, Calls.Pread(-1, new byte[1], 0));
        Assert.Equal(-(int)Errno.EBADF, Calls.Pwrite(-1, new byte[1], 0));
        Assert.Equal(-(int)Errno.EINVAL, Calls.Mmap(0, MmapProtection.Read, MmapFlags.Private | MmapFlags.Anonymous, -1, 0));
        Assert.Equal(-(int)Errno.EINVAL, Calls.Munmap(1, 4096));
        Assert.Equal(-(int)Errno.EINVAL, Calls.Madvise(1, 4096, MemoryAdvice.DontFork));
        Assert.Equal(-(int)Errno.EBADF, Calls.Ftruncate(-1, 0));
        Assert.Equal(-(int)Errno.EBADF, Calls.EpollWait(-1, new EpollEvent[1], 0));
        Assert.Equal(-(int)Errno.ENOENT, Calls.Stat("/no/such/file", out _));
        Assert.Equal(-(int)Errno.ENOENT, Calls.Access("/no/such/file", AccessMode.Exists));
        Assert.Equal(-(int)Errno.EINVAL, Calls.Readlink("/proc", new byte[8]));
        Assert.Equal(-(int)Errno.EBADF, Calls.Getdents(-1, new byte[64]));
    }

    [Fact]
    public void A_memfd_is_written_read_sealed_and_mapped()
    {
        int fd = Calls.MemfdCreate("test", MemfdFlags.AllowSealing);
        Assert.True(fd >= 0);
        Assert.Equal(0, Calls.Ftruncate(fd, 4096));
        Assert.Equal(5, Calls.Pwrite(fd, "hello"u8, 100));
        byte[] buffer = new byte[5];
        Assert.Equal(5, Calls.Pread(fd, buffer, 100));
        Assert.Equal("hello", Encoding.UTF8.GetString(buffer));
        Assert.Equal(0, Calls.AddSeals(fd, FileSeals.Shrink));
        Assert.Equal((int)FileSeals.Shrink, Calls.GetSeals(fd));
        Assert.Equal(-(int)Errno.EPERM, Calls.Ftruncate(fd, 0));
        nint address = Calls.Mmap(4096, MmapProtection.Read | MmapProtection.Write, MmapFlags.Shared, fd, 0);
        Assert.True(address > 0);

        // Sound: the mapping is 4096 bytes long and lives until the munmap below.
        unsafe
        {
            Assert.Equal((byte)'h', ((byte*)address)[100]);
        }

        Assert.Equal(0, Calls.Madvise(address, 4096, MemoryAdvice.DontFork));
        Assert.Equal(0, Calls.Munmap(address, 4096));
        Assert.Equal(0, Calls.Fstat(fd, out FileStatus status));
        Assert.Equal(4096ul, status.Size);
        Assert.Equal(0, Calls.Close(fd));
    }

    [Fact]
    public void Every_descriptor_is_close_on_exec()
    {
        int memfd = Calls.MemfdCreate("test", MemfdFlags.None);
        int[] fds = [memfd, Calls.Dup(memfd), Calls.Eventfd(0, EventfdFlags.None), Calls.EpollCreate(), Calls.Open("/dev/null", OpenFlags.ReadWrite)];
        foreach (int fd in fds)
        {
            string flags = File.ReadLines($"/proc/self/fdinfo/{fd}").First(line => line.StartsWith("flags:", StringComparison.Ordinal));
            Assert.NotEqual(0, Convert.ToInt32(flags["flags:".Length..].Trim(), 8) & 0x80000);
            Assert.Equal(0, Calls.Close(fd));
        }
    }

    [Fact]
    public void An_eventfd_counts_and_poll_and_epoll_see_it()
    {
        int fd = Calls.Eventfd(0, EventfdFlags.NonBlocking);
        byte[] value = new byte[8];
        Assert.Equal(-(int)Errno.EAGAIN, Calls.Read(fd, value));
        int epoll = Calls.EpollCreate();
        Assert.Equal(0, Calls.EpollCtl(epoll, EpollOperation.Add, fd, PollEvents.In, 0x1122334455667788));
        PollFd[] polled = [new PollFd(fd, PollEvents.In)];
        EpollEvent[] events = new EpollEvent[4];
        Assert.Equal(0, Calls.Poll(polled, 0));
        Assert.Equal(0, Calls.EpollWait(epoll, events, 0));
        Assert.Equal(8, Calls.Write(fd, [3, 0, 0, 0, 0, 0, 0, 0]));
        Assert.Equal(1, Calls.Poll(polled, -1));
        Assert.Equal(PollEvents.In, polled[0].Returned);
        Assert.Equal(1, Calls.EpollWait(epoll, events, -1));
        Assert.Equal((PollEvents.In, 0x1122334455667788ul), (events[0].Events, events[0].Data));
        Assert.Equal(8, Calls.Read(fd, value));
        Assert.Equal(3, value[0]);
        Calls.Close(epoll);
        Calls.Close(fd);
    }

    [Fact]
    public void Stat_tells_a_device_node_and_its_numbers()
    {
        Assert.Equal(0, Calls.Stat("/dev/null", out FileStatus status));
        Assert.True(status.IsCharacterDevice);
        Assert.Equal((1u, 3u), (status.NodeMajor, status.NodeMinor));
        Assert.Equal(0, Calls.Access("/dev/null", AccessMode.Read | AccessMode.Write));
        Assert.Equal(0, Calls.Stat("/proc", out status));
        Assert.True(status.IsDirectory);
    }

    [Fact]
    public async Task Links_and_directories_are_read()
    {
        DirectoryInfo root = Directory.CreateTempSubdirectory("vfio-");
        try
        {
            for (int i = 0; i < 500; i++)
            {
                await File.WriteAllTextAsync(Path.Combine(root.FullName, $"file-with-a-rather-long-name-{i:d4}"), "x", Cancellation);
            }

            File.CreateSymbolicLink(Path.Combine(root.FullName, "link"), "../somewhere/else");
            byte[] target = new byte[256];
            nint length = Calls.Readlink(Path.Combine(root.FullName, "link"), target);
            Assert.Equal("../somewhere/else", Encoding.UTF8.GetString(target, 0, (int)length));

            SystemTree tree = new(Calls, root.FullName);
            IReadOnlyList<string> names = tree.List("/");
            Assert.Equal(501, names.Count);
            Assert.Equal("file-with-a-rather-long-name-0000", names[0]);
            Assert.Equal("link", names[500]);
            Assert.Equal("else", tree.ReadLinkName("/link"));
            await File.WriteAllTextAsync(Path.Combine(root.FullName, "big"), new string('a', 10000) + "\n", Cancellation);
            Assert.Equal(10000, tree.ReadText("/big")!.Length);
            Assert.Null(tree.ReadText("/missing"));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    [Fact]
    public void The_memlock_limit_is_read()
    {
        Assert.Equal(0, Calls.GetMemlockLimit(out ulong bytes));
        string line = File.ReadLines("/proc/self/limits").First(text => text.StartsWith("Max locked memory", StringComparison.Ordinal));
        string soft = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3];
        Assert.Equal(soft == "unlimited" ? ulong.MaxValue : ulong.Parse(soft, null), bytes);
    }

    [Fact]
    public void An_ioctl_writes_the_span_in_place()
    {
        // FIONREAD on an eventfd is ENOTTY; on a pipe-like memfd too. /dev/ptmx answers TIOCGPTN in place.
        int fd = Calls.Open("/dev/ptmx", OpenFlags.ReadWrite);
        Assert.SkipWhen(fd < 0, "no /dev/ptmx here");
        byte[] number = [0xEE, 0xEE, 0xEE, 0xEE];
        Assert.Equal(0, Calls.Ioctl(fd, 0x80045430, number));
        Assert.NotEqual([0xEE, 0xEE, 0xEE, 0xEE], number);
        Assert.Equal(-(int)Errno.EFAULT, Calls.Ioctl(fd, 0x80045430, 16));
        Calls.Close(fd);
    }
}
