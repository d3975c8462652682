using System.Diagnostics;
using System.Globalization;

namespace Vfio.Emulator.Tests.Programs;

/// <summary>Descriptors, threads and limits that are not as in most programs.</summary>
public sealed class OddEndsTests
{
    [Fact]
    public void What_ends_in_a_way_of_its_own_is_neither_lost_nor_left()
    {
        EmulatedRun run = EmulatedRun.Of("q35-intel", CProgram.Build("odd_ends"));
        Assert.Equal("", run.Errors);
        Assert.Equal(
            """
            a fault queue that cannot be told: EFAULT
            queues left open: 0
            to where descriptors are names: ok
            calls that found nothing: 0
            after many more: ok
            BIND: ok
            BIND when all were closed: ok
            alone: BIND: ok
            alone: IOAS_ALLOC: ok
            alone: IOAS_MAP: ok
            alone: pread: ok
            vendor: 1234
            alone: SET_IRQS: ok
            alone: a loopback: ok
            alone: its eventfd: ok

            """,
            run.Output);
    }

    [Fact]
    public void The_limit_of_open_files_is_the_one_of_whoever_asked()
    {
        EmulatedRun.SkipWhereNoneRuns();
        EmulatedRun run = EmulatedRun.Run("sh", ["-c", "ulimit -Sn 200; \"$0\" emulate -- sh -c 'ulimit -Sn'; exit $?", EmulatedRun.Command]);
        Assert.Equal("", run.Errors);
        Assert.Equal("200\n", run.Output);
    }

    [Fact]
    public void Whoever_outlives_its_parent_is_waited_for_and_does_not_stay_as_a_zombie()
    {
        // The supervisor is the first process's parent, and becomes the orphan's.
        EmulatedRun run = EmulatedRun.OfShell(
            "q35-intel",
            """
            supervisor=$(awk '{print $4}' /proc/$$/stat)
            for i in 1 2 3; do (sh -c 'kill -9 $$' &); done
            tries=0
            while grep -ql "^State:.Z" $(grep -l "^PPid:.$supervisor$" /proc/[0-9]*/status 2> /dev/null) 2> /dev/null; do
              tries=$((tries + 1)); [ $tries -lt 1000 ] || { echo "zombies stay"; exit 1; }
              sleep 0.01
            done
            """);
        Assert.Equal(0, run.Status);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_program_ends_with_a_supervisor_that_is_killed(bool asOrdinaryUser)
    {
        EmulatedRun.SkipWhereNoneRuns();
        string[] user = [];
        if (asOrdinaryUser)
        {
            user = OrdinaryUser.Prefix();
            OrdinaryUser.SkipUnlessReached(EmulatedRun.Command);
        }

        // It waits in a call that is not trapped, for a line that does not come.
        string[] command = [.. user, EmulatedRun.Command, "emulate", "--", "sh", "-c", "echo $$; read line"];
        using Process supervisor = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        int program = int.Parse(supervisor.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        Assert.True(IsThere());
        supervisor.Kill();
        supervisor.WaitForExit();
        Assert.True(SpinWait.SpinUntil(() => !IsThere(), TimeSpan.FromSeconds(10)));
        supervisor.StandardInput.Close();

        // A zombie has ended; who reaps it is the host's affair.
        bool IsThere()
        {
            try
            {
                return !File.ReadAllText($"/proc/{program}/stat").Contains(") Z ", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false;
            }
        }
    }
}
