using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.InProcess;

[TestClass(DisableParallelization = true)] // Looks at what the process shares: descriptor numbers, which the next open takes again.
public sealed class DescriptorTests
{
    [Fact]
    public void Soft_descriptors_are_the_hosts_numbers_and_go_when_closed()
    {
        using var machine = new Machine("q35-intel");
        int soft = machine.Calls.Open("/dev/iommu", OpenFlags.ReadWrite);
        int host = machine.Calls.Eventfd(0, EventfdFlags.None);

        Assert.NotEqual(soft, host);
        Assert.True(Machine.Host.Fstat(soft, out _) == 0);
        Assert.Single(machine.Calls.FindLeaks());
        Assert.Equal(0, machine.Calls.Close(soft));
        Assert.Equal(0, machine.Calls.Close(host));
        // The number may be the runtime's for a moment (/proc/meminfo for a collection, a new thread's name), so it is asked again, and not closed again.
        Assert.True(SpinWait.SpinUntil(() => machine.Calls.Ioctl(soft, IommufdUapi.IOMMU_DESTROY, 0) == -(int)Errno.EBADF, TimeSpan.FromSeconds(30)));
        Assert.Equal(-(int)Errno.EBADF, machine.Calls.Close(int.MaxValue));
        Assert.Empty(machine.Calls.FindLeaks());
    }

    [Fact]
    public void Duplicates_share_a_position_and_keep_the_file_open()
    {
        using var machine = new Machine("q35-intel");
        int first = machine.Calls.Open("/proc/sys/kernel/osrelease", OpenFlags.ReadOnly);
        int second = machine.Calls.Dup(first);
        byte[] buffer = new byte[16];

        Assert.Equal(2, machine.Calls.Read(first, buffer.AsSpan(0, 2)));
        Assert.Equal(0, machine.Calls.Close(first));
        Assert.Equal(5, machine.Calls.Read(second, buffer));
        Assert.Equal("2.13\n"u8, buffer.AsSpan(0, 5));
        machine.Calls.Close(second);
        Assert.Empty(machine.Calls.FindLeaks());
    }

    [Fact]
    public void A_descriptors_name_in_proc_opens_what_it_was_opened_on_once_more()
    {
        using var machine = new Machine("q35-intel");
        int iommufd = machine.Calls.Open("/dev/iommu", OpenFlags.ReadWrite);
        int again = machine.Calls.Open($"/proc/self/fd/{iommufd}", OpenFlags.ReadWrite);
        int host = machine.Calls.MemfdCreate("x", MemfdFlags.None);
        int hostAgain = machine.Calls.Open($"/proc/self/fd/{host}", OpenFlags.ReadOnly);

        Assert.True(again >= 0 && hostAgain >= 0);
        Assert.Equal(2, machine.Calls.FindLeaks().Count);
        Assert.Equal(0, machine.Calls.Close(iommufd));
        Assert.Equal(-(int)Errno.ENOENT, machine.Calls.Ioctl(again, IommufdUapi.IOMMU_DESTROY, new byte[] { 8, 0, 0, 0, 1, 0, 0, 0 }));
        foreach (int fd in new[] { again, host, hostAgain })
        {
            Assert.Equal(0, machine.Calls.Close(fd));
        }

        Assert.Empty(machine.Calls.FindLeaks());
    }

    [Fact]
    public void A_file_of_a_device_that_is_gone_cannot_be_opened_again()
    {
        using var machine = new Machine("q35-intel");
        const string Device = "/sys/bus/pci/devices/0000:00:03.0";
        int vendor = machine.Calls.Open($"{Device}/vendor", OpenFlags.ReadOnly);
        int again = machine.Calls.Open($"/proc/self/fd/{vendor}", OpenFlags.ReadOnly);
        Assert.True(again >= 0);
        Assert.Equal(0, machine.Calls.Close(again));

        Assert.Equal("1", machine.Write($"{Device}/remove", "1"));
        Assert.Equal(-(int)Errno.ENODEV, machine.Calls.Open($"/proc/self/fd/{vendor}", OpenFlags.ReadOnly));
        Assert.Equal(0, machine.Calls.Close(vendor));
        Assert.Empty(machine.Calls.FindLeaks());
    }

    [Fact]
    public void A_soft_file_is_polled_among_the_hosts()
    {
        using var machine = new Machine("q35-intel");
        int soft = machine.Calls.Open("/dev/vfio/vfio", OpenFlags.ReadWrite);
        int host = machine.Calls.Eventfd(1, EventfdFlags.None);
        PollFd[] fds = [new(soft, PollEvents.In), new(host, PollEvents.In), new(-1, PollEvents.In)];

        Assert.Equal(2, machine.Calls.Poll(fds, 0));

        machine.Calls.Close(soft);
        machine.Calls.Close(host);
    }

    [Fact]
    public void A_nodes_numbers_are_the_open_files_too()
    {
        using var machine = new Machine("q35-intel");
        int fd = machine.Calls.Open("/dev/vfio/devices/vfio0", OpenFlags.ReadWrite);

        Assert.Equal(0, machine.Calls.Fstat(fd, out FileStatus open));
        Assert.Equal(0, machine.Calls.Stat("/dev/vfio/devices/vfio0", out FileStatus named));
        Assert.Equal(named, open);
        Assert.Equal((251u, 0u, true), (open.NodeMajor, open.NodeMinor, open.IsCharacterDevice));
        machine.Calls.Close(fd);
    }

    [Fact]
    public void Two_programs_on_one_machine_have_descriptors_of_their_own()
    {
        using var machine = new Machine("q35-intel");
        var other = new SoftSystemCalls(machine.Soft);
        int fd = machine.Calls.Open("/dev/vfio/1", OpenFlags.ReadWrite);

        Assert.Equal(-(int)Errno.EBUSY, other.Open("/dev/vfio/1", OpenFlags.ReadWrite));
        machine.Calls.Close(fd);
        int again = other.Open("/dev/vfio/1", OpenFlags.ReadWrite);
        Assert.True(again >= 0);
        other.Close(again);
    }

    [Fact]
    public void The_memlock_limit_is_the_callers()
    {
        using var machine = new Machine("q35-intel");
        var calls = new SoftSystemCalls(machine.Soft, new Credentials(1000, false, false, false, 8 << 20));

        Assert.Equal(0, calls.GetMemlockLimit(out ulong bytes));
        Assert.Equal(8UL << 20, bytes);
    }

    [Fact]
    public void A_mapping_of_registers_keeps_the_device_open_until_it_goes()
    {
        using var machine = new Machine("q35-intel");
        SoftSystemCalls calls = machine.Calls;
        var recorder = new ReleaseRecorder();
        int fd = calls.Task.Files.Install(recorder);

        nint address = calls.Mmap(8192, MmapProtection.Read, MmapFlags.Shared, fd, 0);
        Assert.True(address > 0, Machine.Errors(address));
        calls.Close(fd);
        Assert.False(recorder.Released);
        Assert.Equal(0, calls.Munmap(address, 4096));
        Assert.False(recorder.Released);
        Assert.Equal(0, calls.Munmap(address + 4096, 4096));
        Assert.True(recorder.Released);
    }

    [Fact]
    public void Closing_while_calls_run_leaves_no_file_behind()
    {
        using var machine = new Machine("q35-intel");
        SoftSystemCalls calls = machine.Calls;
        int current = calls.Open("/dev/iommu", OpenFlags.ReadWrite);
        bool stop = false;
        var callers = new Thread[2];
        Exception? failure = null;
        for (int i = 0; i < callers.Length; i++)
        {
            callers[i] = new Thread(() =>
            {
                try
                {
                    var alloc = new IommuIoasAlloc { Size = 12 };
                    while (!Volatile.Read(ref stop))
                    {
                        int result = calls.Ioctl(Volatile.Read(ref current), IommufdUapi.IOMMU_IOAS_ALLOC, StructBytes.AsBytes(ref alloc));
                        Assert.True(result is 0 or -(int)Errno.EBADF or -(int)Errno.ENOTTY or -(int)Errno.EINVAL, Machine.Errors(result));
                    }
                }
                catch (Exception exception)
                {
                    failure = exception;
                }
            });
            callers[i].Start();
        }

        for (int i = 0; i < 300; i++)
        {
            int next = calls.Open("/dev/iommu", OpenFlags.ReadWrite);
            int last = Interlocked.Exchange(ref current, next);
            Assert.Equal(0, calls.Close(last));
        }

        Volatile.Write(ref stop, true);
        foreach (Thread caller in callers)
        {
            caller.Join();
        }

        calls.Close(current);
        Assert.Null(failure);
        Assert.Empty(calls.FindLeaks());
    }

    private sealed class ReleaseRecorder : OpenFile
    {
        private readonly int _descriptor = Memory();

        public bool Released { get; private set; }

        public override int HostDescriptor => _descriptor;

        public override FileStatus Status => default;

        public override int Mmap(KernelTask task, ulong length, MmapProtection protection, MmapFlags flags, ulong offset) => 0;

        protected override void Release()
        {
            Released = true;
            Machine.Host.Close(_descriptor);
        }

        private static int Memory()
        {
            int fd = Machine.Host.MemfdCreate("registers", MemfdFlags.None);
            Machine.Host.Ftruncate(fd, 8192);
            return fd;
        }
    }
}
