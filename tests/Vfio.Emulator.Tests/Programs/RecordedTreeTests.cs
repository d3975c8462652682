namespace Vfio.Emulator.Tests.Programs;

/// <summary>The files a program finds are those of the recorded guests, by the script that recorded them.</summary>
public sealed class RecordedTreeTests
{
    [Theory]
    [InlineData("q35-amd")]
    [InlineData("q35-intel")]
    [InlineData("q35-intel-nosnoop")]
    [InlineData("q35-virtio")]
    public void A_program_finds_every_file_that_the_guest_has_and_no_other(string machine)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "not root, who was asked in the guest");
        string[] recorded =
        [
            .. File.ReadLines(Path.Combine(CProgram.Root(), "tests", "Vfio.SoftKernel.Tests", "Recorded", $"{machine}.tsv"))
                .Where(static line => !line.StartsWith("/sys/class/iommu/iommufd_selftest_iommu.0\t", StringComparison.Ordinal)),
        ];
        EmulatedRun run = EmulatedRun.Of(machine, "sh", Path.Combine(CProgram.Root(), "eng", "record-tree"));
        string[] found = run.Output.TrimEnd('\n').Split('\n');
        Assert.Empty(recorded.Except(found));
        Assert.Empty(found.Except(recorded));
    }

    [Fact]
    public void An_ordinary_user_finds_devices_by_their_paths_and_the_command_binds_for_him()
    {
        string command = Path.Combine(AppContext.BaseDirectory, "Vfio.Cli");
        string[] user = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", "65533", "--regid", "65533", "--clear-groups"] : ["env"];
        Assert.SkipUnless(EmulatedRun.Run("sh", ["-c", $"command -v {user[0]}; command -v unshare"]).Output.Split('\n').Length == 3, $"{user[0]} or unshare not found");
        Assert.SkipUnless(EmulatedRun.Run(user[0], [.. user[1..], "unshare", "--user", "--map-root-user", "true"]).Status == 0, "an ordinary user may not have a user namespace");
        Assert.SkipUnless(EmulatedRun.Run(user[0], [.. user[1..], "test", "-x", command]).Status == 0, $"an ordinary user does not reach {command}");
        EmulatedRun run = EmulatedRun.Run(
            user[0],
            [.. user[1..], command, "emulate", "--topology", "q35-intel", "--", "sh", "-c", $"stat -Lc '%n %F %t:%T %a' /dev/iommu /dev/vfio/vfio /dev/vfio/1 /dev/vfio/devices/vfio0 && '{command}' bind 0000:00:02.0"],
            environment: ("HOME", Path.GetTempPath()));
        Assert.Equal("", run.Errors);
        Assert.Equal(
            """
            /dev/iommu character special file a:100 660
            /dev/vfio/vfio character special file a:c4 666
            /dev/vfio/1 character special file fc:0 600
            /dev/vfio/devices/vfio0 character special file fb:0 600
            0000:00:02.0: nvme -> vfio-pci
              /dev/vfio/devices/vfio1
              /dev/vfio/2
              /dev/iommu
              /dev/vfio/vfio
            Next: vfio probe 0000:00:02.0

            """,
            run.Output);
    }
}
