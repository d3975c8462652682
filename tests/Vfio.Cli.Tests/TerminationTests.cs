using System.Diagnostics;
using Vfio.Cli.Hosting;

namespace Vfio.Cli.Tests;

public sealed class TerminationTests
{
    // Not SIGINT: the test runner takes that for its own end. Both go through one handler.
    [Fact]
    public async Task A_signal_cancels_and_gives_its_exit_code()
    {
        using TerminationSignals signals = new();
        Assert.Equal(0, signals.ExitCode);
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration registration = signals.Token.Register(cancelled.SetResult);
        using (Process kill = Process.Start("kill", ["-s", "TERM", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        await cancelled.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal(143, signals.ExitCode);
    }

    [Fact]
    public void A_full_disk_is_one_message_and_exit_1()
    {
        StringWriter error = new() { NewLine = "\n" };
        using FileStream full = new("/dev/full", FileMode.Open, FileAccess.Write);
        using Terminal terminal = new(new StreamWriter(full), error);
        int code = new VfioCommand(new CommandEnvironment(terminal, Machine.Open, CancellationToken.None)).Run(["ls", "--soft", "q35-amd"]);
        Assert.Equal(1, code);
        Assert.Equal("vfio: the output could not be written: No space left on device : '/dev/full'\n", error.ToString());
    }

    [Theory]
    [InlineData(1, "explain", "00:1e.7", "--soft", "q35-amd")]
    [InlineData(2, "explain", "nonsense")]
    public void A_complaint_that_cannot_be_written_leaves_the_exit_status(int expected, params string[] args)
    {
        using FileStream full = new("/dev/full", FileMode.Open, FileAccess.Write);
        using Terminal terminal = new(new StringWriter(), new StreamWriter(full) { AutoFlush = true });
        Assert.Equal(expected, new VfioCommand(new CommandEnvironment(terminal, Machine.Open, CancellationToken.None)).Run(args));
    }

    [Fact]
    public void An_exception_nobody_foresaw_is_called_a_bug_and_shows_no_stack()
    {
        StringWriter output = new();
        StringWriter error = new() { NewLine = "\n" };
        using Terminal terminal = new(output, error);
        CommandEnvironment environment = new(terminal, _ => throw new InvalidOperationException("unforeseen"), CancellationToken.None);
        Assert.Equal(1, new VfioCommand(environment).Run(["ls"]));
        Assert.Equal("vfio: this is a bug in vfio, please report it: InvalidOperationException: unforeseen\n", error.ToString());
    }
}
