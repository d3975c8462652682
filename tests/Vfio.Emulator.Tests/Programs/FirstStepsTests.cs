namespace Vfio.Emulator.Tests.Programs;

/// <summary>Programs that know nothing of us.</summary>
public sealed class FirstStepsTests
{
    [Fact]
    public void A_C_program_opens_maps_binds_attaches_and_reads()
    {
        EmulatedRun run = EmulatedRun.Of("q35-intel", CProgram.Build("first_steps"));
        Assert.Equal("", run.Errors);
        Assert.Equal(0, run.Status);
        Assert.Equal(
            """
            open /dev/iommu: ok
            open the device: ok
            fstat: ok
            character device: 1, 251:0
            IOAS_ALLOC: ok
            IOAS_MAP: ok
            IOAS_ALLOC at NULL: EFAULT
            read before BIND: EINVAL
            BIND: ok
            ATTACH: ok
            IOAS_MAP of nothing: EFAULT
            DESTROY of what is used: EBUSY
            REGION_INFO: ok
            pread of the configuration: ok
            vendor and device: 1234:11e8
            REGION_INFO: ok
            pwrite of the command register: ok
            pread of BAR 0: ok
            register 0: 010000ed
            pread to nowhere: EFAULT
            DESTROY: ok
            ioctl of a closed device: EBADF

            """,
            run.Output);
    }

    [Fact]
    public void Pieces_at_once_opening_again_and_exec_are_as_on_Linux()
    {
        EmulatedRun run = EmulatedRun.Of("q35-intel", CProgram.Build("unusual_ways"));
        Assert.Equal("", run.Errors);
        Assert.Equal(
            """
            BIND: ok
            IOAS_ALLOC: ok
            REGION_INFO: ok
            preadv: ok
            vendor and device: 1234:11e8
            pwritev: ok
            preadv of too many: EINVAL
            preadv to nowhere: EFAULT
            preadv2 with a flag: EOPNOTSUPP
            pread before the start: EINVAL
            pwritev before the start: EINVAL
            FAULT_QUEUE_ALLOC: ok
            mmap of a queue: ENODEV
            mmap of a queue to execute: EPERM
            mmap of an iommufd: ENXIO
            the device again: ok
            it is not bound: EINVAL
            the first is: ok
            the iommufd again: ok
            it is another: ok
            its first object: 1
            writev of a control file: ENODEV
            openat2: ok
            openat2 in a root: ok
            openat2 beneath: ok
            openat2 beneath, from the root: EXDEV
            openat2 in one mount: ok
            openat2 into another mount: EXDEV
            openat2 without links: ok
            openat2 of a link: ok
            openat2 of a link, without links: ELOOP
            openat2 of a descriptor, without such links: ELOOP
            openat2 with a mode: EINVAL
            openat2 by a rule there is not: EINVAL
            IOAS_MAP of private memory: ok
            IOAS_MAP of shared memory: ok
            after a failed exec: IOAS_MAP: ok
            after exec: IOAS_MAP: ok
            a child: ok

            """,
            run.Output);
    }

    [Fact]
    public void A_program_that_means_harm_is_told_errnos_and_ends()
    {
        EmulatedRun run = EmulatedRun.Of("q35-intel", CProgram.Build("hostile"), "300");
        Assert.Equal("", run.Errors);
        Assert.Equal("over: 0\n", run.Output);
    }

    [Fact]
    public void A_program_of_another_machine_is_refused_in_words()
    {
        string program = Path.Combine(Path.GetTempPath(), $"vfio-32-bit-{Environment.ProcessId}");
        byte[] header = new byte[64];
        "\u007fELF"u8.CopyTo(header);
        (header[4], header[5], header[18]) = (1, 1, 3);
        File.WriteAllBytes(program, header);
        try
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
            EmulatedRun run = EmulatedRun.Of("q35-intel", program);
            Assert.Equal(126, run.Status);
            Assert.Contains("not a program for x86-64", run.Errors, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(program);
        }
    }

    [Fact]
    public void The_exit_status_is_the_programs() => Assert.Equal(7, EmulatedRun.OfShell("q35-intel", "exit 7").Status);

    [Fact]
    public void A_program_that_a_signal_killed_is_told_as_shells_do() => Assert.Equal(128 + 9, EmulatedRun.OfShell("q35-intel", "kill -9 $$").Status);

    [Fact]
    public void SIGTERM_is_the_programs_to_answer()
        => Assert.Equal(3, EmulatedRun.OfShell("q35-intel", "trap 'exit 3' TERM; read -r _ _ _ parent _ < /proc/$$/stat; kill $parent; while :; do sleep 0.01; done").Status);

    [Fact]
    public void A_program_that_is_not_there_is_told_as_shells_do() => Assert.Equal(127, EmulatedRun.Of("q35-intel", "no-such-program").Status);

    [Fact]
    public void SIGPIPE_kills_as_ever() => Assert.Equal("141\n", EmulatedRun.OfShell("q35-intel", "{ sh -c 'while echo y; do :; done'; echo $? >&2; } | head -c 1 > /dev/null").Errors);

    [Fact]
    public void The_command_probes_by_real_system_calls_as_it_does_in_process()
    {
        string self = Path.Combine(AppContext.BaseDirectory, "Vfio.Cli");
        EmulatedRun run = EmulatedRun.Of("q35-intel", self, "probe");
        Assert.Equal(0, run.Status);
        Assert.Contains("1 of 1 opened; DMA verified on 1.", run.Output, StringComparison.Ordinal);
    }
}
