using System.Diagnostics;
using Vfio.Hardware.Models;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Topology;

namespace Vfio.Cli.Tests.Nvme;

/// <summary>`vfio nvme BDF write` that ends before it should: what was written is flushed and told.</summary>
public sealed class UnfinishedWriteTests : IDisposable
{
    private const string Address = "0000:05:00.0";
    private const int Block = 512;
    private const int Part = (1 << 20) / Block;
    private const byte FlushOpcode = 0x00;
    private const byte WriteOpcode = 0x01;

    private readonly SoftMachine _machine = new(SoftTopologies.Load(SoftTopologies.Default), VfioHost.Local.Calls);
    private bool _flushed;

    public void Dispose() => _machine.Dispose();

    [Fact]
    public void A_signal_ends_a_read_of_standard_input_and_hands_the_device_back()
    {
        Watch(static (_, _) => default);
        using CancellationTokenSource signal = new();
        using ManualResetEventSlim ended = new();
        byte[] data = Data((Part * Block) + 700);
        using EndingStream input = new(data, () =>
        {
            signal.Cancel();
            // A read that nothing ends would go on for ever; this one then ends as a file does.
            ended.Wait(TimeSpan.FromSeconds(30), CancellationToken.None);
            return 0;
        });
        CommandRun run = Write(input, signal.Token);
        ended.Set();
        Assert.Equal($"vfio: interrupted; no device is left open. {Part} blocks before that were written and flushed.\n", run.Error);
        Assert.Equal(130, run.ExitCode);
        Assert.True(_flushed);
        Assert.Equal([.. data[..(Part * Block)], .. new byte[Block]], CommandRun.On(_machine, "nvme", Address, "read", "--blocks", $"{Part + 1}").Data);
    }

    [Fact]
    public void A_signal_while_blocks_are_written_ends_after_them()
    {
        using CancellationTokenSource signal = new();
        Watch((opcode, block) =>
        {
            if (opcode == WriteOpcode && block >= Part)
            {
                signal.Cancel();
            }

            return default;
        });
        CommandRun run = Write(new MemoryStream(Data(4 * Part * Block)), signal.Token);
        Assert.Equal(130, run.ExitCode);
        // All commands of a part may have been submitted before.
        Assert.Contains(
            run.Error,
            (string[])
            [
                $"vfio: interrupted; no device is left open. {Part} blocks before that were written and flushed; of {Part} blocks from {Part} on, it is not known.\n",
                $"vfio: interrupted; no device is left open. {2 * Part} blocks before that were written and flushed.\n",
            ]);
        Assert.True(_flushed);
    }

    [Fact]
    public void Blocks_that_cannot_be_written_are_told_with_those_that_were()
    {
        Watch(static (opcode, block) => opcode == WriteOpcode && block >= Part ? new() { Status = 0x280 } : default);
        CommandRun run = Write(new MemoryStream(Data(4 * Part * Block)), TestContext.Current.CancellationToken);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains($"among blocks {Part} to {(2 * Part) - 1}", run.Error, StringComparison.Ordinal);
        Assert.EndsWith($". {Part} blocks before that were written and flushed; of {Part} blocks from {Part} on, it is not known.\n", run.Error, StringComparison.Ordinal);
        Assert.True(_flushed);
    }

    [Fact]
    public void Input_that_cannot_be_read_any_further_is_told_with_what_was_written()
    {
        Watch(static (_, _) => default);
        using EndingStream input = new(Data((Part * Block) + 700), static () => throw new IOException("Input/output error"));
        CommandRun run = Write(input, TestContext.Current.CancellationToken);
        Assert.Equal($"vfio: - cannot be read: Input/output error. {Part} blocks before that were written and flushed.\n", run.Error);
        Assert.Equal(1, run.ExitCode);
        Assert.True(_flushed);
    }

    [Fact]
    public void What_cannot_be_flushed_is_told()
    {
        Watch(static (opcode, _) => opcode == FlushOpcode ? new() { Status = 0x006 } : default);
        CommandRun run = Write(new MemoryStream(Data(2 * Block)), TestContext.Current.CancellationToken);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("Flush failed", run.Error, StringComparison.Ordinal);
        Assert.EndsWith(". 2 blocks before that were written, and may not be kept.\n", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Input_that_ends_within_a_block_behind_the_last_is_written_to_the_last()
    {
        CommandRun run = Write(new MemoryStream(Data((2 * Block) + 3)), TestContext.Current.CancellationToken, "--block", "524287");
        Assert.Equal("vfio: - holds more than namespace 1 does from block 524287 on. 1 block before that was written and flushed.\n", run.Error);
        Assert.Equal(1, run.ExitCode);
    }

    // Not SIGINT: a shell may have started the tests without it. Both go through one handler.
    [Fact]
    public async Task A_process_that_waits_for_standard_input_ends_in_order_by_the_first_signal()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        using Process vfio = Process.Start(new ProcessStartInfo(
            Path.Combine(AppContext.BaseDirectory, "Vfio.Cli"), ["nvme", Address, "write", "-", "--yes-write", "--soft"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            // More than a part and what a pipe holds: once the pipe has taken it, the second part is being read, and has no end.
            await vfio.StandardInput.BaseStream.WriteAsync(Data((Part * Block) + (Part * Block / 2)), cancellation);
            await vfio.StandardInput.BaseStream.FlushAsync(cancellation);
            using (Process kill = Process.Start("kill", ["-s", "TERM", vfio.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            {
                await kill.WaitForExitAsync(cancellation);
            }

            await vfio.WaitForExitAsync(cancellation).WaitAsync(TimeSpan.FromSeconds(60), cancellation);
            Assert.Equal(
                $"vfio: interrupted; no device is left open. {Part} blocks before that were written and flushed.\n", await vfio.StandardError.ReadToEndAsync(cancellation));
            Assert.Equal(143, vfio.ExitCode);
        }
        finally
        {
            vfio.Kill();
        }
    }

    private CommandRun Write(Stream input, CancellationToken cancellation, params string[] args)
        => CommandRun.On(_machine, input, cancellation, ["nvme", Address, "write", "-", "--yes-write", .. args]);

    private void Watch(Func<byte, ulong, NvmeInjection> inject)
        => ((NvmeModel)_machine.ModelOf(Address)).Inject = (opcode, block) =>
        {
            _flushed |= opcode == FlushOpcode;
            return inject(opcode, block);
        };

    private static byte[] Data(int length)
    {
        byte[] data = new byte[length];
        data.AsSpan().Fill(7);
        return data;
    }
}
