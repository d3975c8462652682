using System.Diagnostics;
using System.Globalization;

namespace Vfio.Cli.Tests.Nvme;

/// <summary>Output that nobody takes: a signal ends the wait for it, and no device stays open.</summary>
public sealed class UnreadOutputTests : IDisposable
{
    private const string Address = "0000:05:00.0";
    private const string Interrupted = "vfio: interrupted; no device is left open\n";
    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(60);

    private readonly string _folder = Directory.CreateTempSubdirectory("vfio-nvme-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // Not SIGINT: a shell may have started the tests without it. Both go through one handler.
    [Fact]
    public async Task A_process_that_waits_for_its_reader_ends_in_order_by_the_first_signal()
    {
        using Process vfio = Start("read", "-", "--blocks", "8192");
        try
        {
            // The first of four parts, each more than a pipe holds, is being written, and nobody takes it.
            Assert.NotEqual(-1, vfio.StandardOutput.BaseStream.ReadByte());
            using (Process kill = Process.Start("kill", ["-s", "TERM", vfio.Id.ToString(CultureInfo.InvariantCulture)]))
            {
                await kill.WaitForExitAsync(Cancellation);
            }

            await vfio.WaitForExitAsync(Cancellation).WaitAsync(Enough, Cancellation);
            Assert.Equal(Interrupted, await vfio.StandardError.ReadToEndAsync(Cancellation));
            Assert.Equal(143, vfio.ExitCode);
        }
        finally
        {
            vfio.Kill();
        }
    }

    [Theory]
    [InlineData("read", "-", "--blocks", "524288")]
    [InlineData("read", "/dev/stdout", "--blocks", "524288")]
    public async Task A_process_whose_reader_went_ends_without_a_word(params string[] args)
    {
        using Process vfio = Start(args);
        try
        {
            Assert.NotEqual(-1, vfio.StandardOutput.BaseStream.ReadByte());
            vfio.StandardOutput.Close();
            await vfio.WaitForExitAsync(Cancellation).WaitAsync(Enough, Cancellation);
            Assert.Empty(await vfio.StandardError.ReadToEndAsync(Cancellation));
            Assert.Equal(141, vfio.ExitCode);
        }
        finally
        {
            vfio.Kill();
        }
    }

    [Theory]
    [InlineData("read")]
    [InlineData("bench", "--seconds", "0.1", "--svg")]
    public async Task A_signal_ends_the_wait_for_a_reader_of_a_pipe_with_a_name(params string[] args)
    {
        string pipe = await MakePipe();
        using CancellationTokenSource signal = new(TimeSpan.FromMilliseconds(200));
        Task<CommandRun> running = Task.Run(() => CommandRun.With(signal.Token, ["nvme", Address, .. args, pipe, "--soft"]), Cancellation);
        try
        {
            CommandRun run = await running.WaitAsync(Enough, Cancellation);
            Assert.Equal((130, Interrupted, ""), (run.ExitCode, run.Error, run.Output));
        }
        finally
        {
            // Whoever still waits for a reader has one.
            await using FileStream reader = new(pipe, FileMode.Open, FileAccess.ReadWrite);
        }
    }

    [Fact]
    public async Task A_signal_ends_a_write_to_a_pipe_with_a_name_that_is_full()
    {
        string pipe = await MakePipe();
        using CancellationTokenSource signal = new();
        Task<CommandRun> running = Task.Run(() => CommandRun.With(signal.Token, "nvme", Address, "read", pipe, "--blocks", "8192", "--soft"), Cancellation);
        await using FileStream reader = new(pipe, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        Assert.NotEqual(-1, reader.ReadByte());
        await signal.CancelAsync();
        CommandRun run = await running.WaitAsync(Enough, Cancellation);
        Assert.Equal((130, Interrupted, ""), (run.ExitCode, run.Error, run.Output));
        Assert.True(File.Exists(pipe));
    }

    [Fact]
    public async Task Blocks_come_whole_through_a_pipe_with_a_name()
    {
        string pipe = await MakePipe();
        Task<CommandRun> running = Task.Run(() => CommandRun.Of("nvme", Address, "read", pipe, "--blocks", "8192", "--soft"), Cancellation);
        Assert.Equal(8192 * 512, (await File.ReadAllBytesAsync(pipe, Cancellation)).Length);
        Assert.Equal(0, (await running).ExitCode);
    }

    private static Process Start(params string[] args) => Process.Start(
        new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "Vfio.Cli"), ["nvme", Address, .. args, "--soft"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;

    private async Task<string> MakePipe()
    {
        string path = Path.Combine(_folder, "pipe");
        using Process make = Process.Start("mkfifo", [path]);
        await make.WaitForExitAsync(Cancellation);
        Assert.Equal(0, make.ExitCode);
        return path;
    }
}
