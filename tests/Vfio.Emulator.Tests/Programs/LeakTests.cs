using System.Text.RegularExpressions;

namespace Vfio.Emulator.Tests.Programs;

/// <summary>What `--check-leaks` tells, and what it is silent of.</summary>
public sealed partial class LeakTests
{
    [Fact]
    public void What_exit_had_to_give_back_is_told_with_its_owner_and_its_mending()
    {
        EmulatedRun run = Check("by-node");
        Assert.Equal(1, run.Status);
        Assert.Equal(
            """
            vfio: leaks.c.out (*) ended and left to the kernel to give back:
              descriptor 3, /dev/iommu
                IOAS 2, 2 mappings of 8 KiB, 8 KiB pinned: IOMMU_IOAS_UNMAP, IOMMU_DESTROY
              descriptor 4, /dev/vfio/devices/vfio0
                device 0000:00:01.0: close it
              Closing the descriptor gives back all of it.

            """,
            Process().Replace(run.Errors, "(*)"));
    }

    [Fact]
    public void A_container_and_a_device_of_a_group_are_told_too()
    {
        EmulatedRun run = Check("by-group", "-", "/dev/vfio/1", "0000:00:01.0");
        Assert.Equal(1, run.Status);
        Assert.Equal(
            """
            vfio: leaks.c.out (*) ended and left to the kernel to give back:
              descriptor 3, /dev/vfio/vfio
                container, 1 mapping of 8 KiB, 8 KiB pinned: VFIO_IOMMU_UNMAP_DMA
              descriptor 5, from VFIO_GROUP_GET_DEVICE_FD
                device 0000:00:01.0: close it
              Closing the descriptor gives back all of it.

            """,
            Process().Replace(run.Errors, "(*)"));
    }

    [Theory]
    [InlineData("tidy", 0)]
    [InlineData("closed", 0)]
    [InlineData("passed-on", 0)]
    [InlineData("killed", 137)]
    public void Nothing_is_told_of_who_gave_back_closed_passed_on_or_was_killed(string how, int status)
    {
        EmulatedRun run = Check(how);
        Assert.Equal((status, ""), (run.Status, run.Errors));
    }

    [Fact]
    public void The_last_thread_to_end_is_the_processs_exit() => Assert.Contains("IOAS 2", Check("last-thread").Errors, StringComparison.Ordinal);

    [Fact]
    public void The_programs_own_failure_is_its_status()
    {
        EmulatedRun run = EmulatedRun.With("q35-intel", ["--check-leaks"], "sh", "-c", $"{CProgram.Build("leaks")}; exit 3");
        Assert.Equal(3, run.Status);
        Assert.Contains("IOAS 2", run.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("device")]
    [InlineData("group")]
    public void The_command_itself_leaves_nothing(string by)
    {
        EmulatedRun run = EmulatedRun.With("q35-intel", ["--check-leaks"], Path.Combine(AppContext.BaseDirectory, "Vfio.Cli"), "probe", "--interface", by);
        Assert.Equal((0, ""), (run.Status, run.Errors));
    }

    [GeneratedRegex(@"\(\d+\)")]
    private static partial Regex Process();

    private static EmulatedRun Check(params string[] arguments) => EmulatedRun.With("q35-intel", ["--check-leaks"], [CProgram.Build("leaks"), .. arguments]);
}
