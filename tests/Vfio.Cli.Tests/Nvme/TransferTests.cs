using System.Security.Cryptography;
using System.Text.Json;
using Vfio.Hardware.Models;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Topology;

namespace Vfio.Cli.Tests.Nvme;

/// <summary>`vfio nvme BDF read` and `write`, on a lab that stays as each leaves it.</summary>
public sealed class TransferTests : IDisposable
{
    private const string Address = "0000:05:00.0";
    private const int Block = 512;

    private readonly SoftMachine _machine = new(SoftTopologies.Load(SoftTopologies.Default), VfioHost.Local.Calls);
    private readonly string _folder = Directory.CreateTempSubdirectory("vfio-nvme-").FullName;

    public void Dispose()
    {
        _machine.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData("device", 1, 0)]
    [InlineData("group", 5000, 77)]
    [InlineData("device", 8192, 524288 - 8192)]
    public void What_is_written_from_a_file_is_read_into_another(string by, int blocks, int first)
    {
        byte[] data = RandomNumberGenerator.GetBytes(blocks * Block);
        string from = FileOf(data);
        CommandRun written = Run("write", from, "--yes-write", "--block", $"{first}", "--interface", by);
        Assert.Equal("", written.Error);
        Assert.Equal(0, written.ExitCode);
        Assert.StartsWith($"{blocks} block{(blocks == 1 ? "" : "s")} (", written.Output, StringComparison.Ordinal);
        string to = Path.Combine(_folder, "to");
        File.WriteAllText(to, new string('x', data.Length + 1000));
        CommandRun read = Run("read", to, "--block", $"{first}", "--blocks", $"{blocks}", "--interface", by);
        Assert.Equal("", read.Error);
        Assert.Equal(data, File.ReadAllBytes(to));
        Assert.Equal(data, Run("read", "-", "--block", $"{first}", "--blocks", $"{blocks}").Data);
    }

    [Fact]
    public void Standard_input_is_written_to_its_end_or_as_far_as_was_wished()
    {
        byte[] data = RandomNumberGenerator.GetBytes(3 << 20);
        Assert.Equal(0, CommandRun.On(_machine, data, false, "nvme", Address, "write", "-", "--yes-write", "--block", "100000").ExitCode);
        Assert.Equal(data, Run("read", "--block", "100000", "--blocks", $"{data.Length / Block}").Data);
        CommandRun some = CommandRun.On(_machine, data, false, "nvme", Address, "write", "-", "--yes-write", "--block", "1000", "--blocks", "3", "--json");
        Assert.Equal(3, some.Json.GetProperty("blocks").GetInt32());
        Assert.Equal([.. data[..(3 * Block)], .. new byte[Block]], Run("read", "--block", "1000", "--blocks", "4").Data);
    }

    [Fact]
    public void On_a_terminal_blocks_are_shown_in_hexadecimal()
    {
        byte[] data = new byte[2 * Block];
        "a block of vfio-dotnet"u8.CopyTo(data);
        data.AsSpan(Block).Fill(0xff);
        Assert.Equal(0, Run("write", FileOf(data), "--yes-write").ExitCode);
        CommandRun shown = CommandRun.On(_machine, [], true, "nvme", Address, "read", "--blocks", "3");
        Assert.Empty(shown.Data);
        Snapshot.Match(shown.Output, "nvme-read");
    }

    [Fact]
    public void The_JSON_tells_what_was_moved()
    {
        JsonElement written = Run("write", FileOf(new byte[4 * Block]), "--yes-write", "--block", "8", "--json").Json;
        Assert.Equal(["address", "block", "blockSize", "blocks", "bytes", "file", "namespace", "operation", "schema"], written.EnumerateObject().Select(static p => p.Name).Order());
        Assert.Equal(("write", 8, 4, 2048), (written.GetProperty("operation").GetString(), written.GetProperty("block").GetInt32(), written.GetProperty("blocks").GetInt32(), written.GetProperty("bytes").GetInt32()));
        JsonElement read = Run("read", Path.Combine(_folder, "x"), "--json").Json;
        Assert.Equal(("read", 1), (read.GetProperty("operation").GetString(), read.GetProperty("blocks").GetInt32()));
    }

    [Fact]
    public void Without_consent_nothing_is_opened_nor_written()
    {
        string from = FileOf(new byte[Block]);
        foreach (string[] command in (string[][])[["write", from], ["write", from, "--force"], ["bench", "--write"], ["bench", "--write", "--force"]])
        {
            // Nothing is at this address: that would be the complaint.
            CommandRun run = CommandRun.On(_machine, ["nvme", "09:00.0", .. command]);
            Assert.Equal(3, run.ExitCode);
            Assert.Contains("--yes-write", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Where_a_file_system_is_nothing_is_written_unless_forced()
    {
        byte[] ext = new byte[4 * Block];
        (ext[1080], ext[1081]) = (0x53, 0xef);
        Assert.Equal(0, Run("write", FileOf(ext), "--yes-write").ExitCode);
        string zeros = FileOf(new byte[4 * Block]);
        CommandRun refused = Run("write", zeros, "--yes-write", "--block", "100");
        Assert.Equal(3, refused.ExitCode);
        Assert.Equal($"vfio: write to namespace 1 of {Address}: refused. It holds: ext2, ext3 or ext4 file system (at byte 1080). --force writes all the same.\n", refused.Error);
        Assert.Equal(3, Run("bench", "--write", "--yes-write", "--seconds", "0.1").ExitCode);
        Assert.Equal(ext, Run("read", "--blocks", "4").Data);
        Assert.Equal(0, Run("write", zeros, "--yes-write", "--force").ExitCode);
        Assert.Equal(0, Run("bench", "--write", "--yes-write", "--seconds", "0.5").ExitCode);
    }

    [Fact]
    public void What_cannot_be_read_is_not_taken_for_blank()
    {
        ((NvmeModel)_machine.ModelOf(Address)).Inject = static (opcode, _) => opcode == 0x02 ? new() { Status = 0x281 } : default;
        CommandRun run = Run("write", FileOf(new byte[Block]), "--yes-write");
        Assert.Equal(3, run.ExitCode);
        Assert.Contains("cannot be read, so nobody knows", run.Error, StringComparison.Ordinal);
        Assert.Equal(0, Run("write", FileOf(new byte[Block]), "--yes-write", "--force").ExitCode);
    }

    [Fact]
    public void Blocks_that_cannot_be_read_are_named_and_what_came_before_is_kept()
    {
        ((NvmeModel)_machine.ModelOf(Address)).Inject = static (opcode, block) => opcode == 0x02 && block >= 4096 ? new() { Status = 0x281 } : default;
        string to = Path.Combine(_folder, "to");
        CommandRun run = Run("read", to, "--blocks", "8192");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("among blocks 4096 to 6143", run.Error, StringComparison.Ordinal);
        Assert.Equal(4096 * Block, new FileInfo(to).Length);
    }

    [Theory]
    [InlineData("1 block from block 524288 on is not in namespace 1, which has 524288: 0 to 524287", "read", "--block", "524288")]
    [InlineData("9 blocks from block 524280 on are not in namespace 1", "read", "--block", "524280", "--blocks", "9")]
    [InlineData("18446744073709551615 blocks", "read", "--block", "1", "--blocks", "18446744073709551615")]
    [InlineData("has no namespace 2", "read", "--namespace", "2")]
    [InlineData("/no/such/directory/x cannot be written: Could not find", "read", "/no/such/directory/x")]
    [InlineData("/ cannot be written: it is a directory", "read", "/")]
    [InlineData("No space left", "read", "/dev/full")]
    [InlineData("cannot be read", "write", "/no/such/file", "--yes-write")]
    [InlineData("/ cannot be read: it is a directory", "write", "/", "--yes-write")]
    [InlineData("/dev/null is empty. 0 blocks", "write", "/dev/null", "--yes-write")]
    public void What_cannot_be_done_exits_1_and_says_why(string words, params string[] args)
    {
        CommandRun run = Run(args);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains(words, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("bug", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_does_not_fit_is_told_before_anything_is_written()
    {
        string part = FileOf([.. Enumerable.Repeat((byte)7, Block + 1)]);
        CommandRun run = Run("write", part, "--yes-write");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("513 bytes, which are not whole blocks of 512", run.Error, StringComparison.Ordinal);
        string two = FileOf([.. Enumerable.Repeat((byte)7, 2 * Block)]);
        Assert.Equal(1, Run("write", two, "--yes-write", "--block", "524287").ExitCode);
        Assert.Contains("fewer than 3 blocks", Run("write", two, "--yes-write", "--blocks", "3").Error, StringComparison.Ordinal);
        Assert.Equal(new byte[Block], Run("read").Data);
        Assert.Equal(new byte[Block], Run("read", "--block", "524287").Data);
    }

    [Fact]
    public void Standard_input_that_ends_badly_is_told_with_what_was_written()
    {
        byte[] data = [.. Enumerable.Repeat((byte)7, (2 * Block) + 3)];
        CommandRun odd = CommandRun.On(_machine, data, false, "nvme", Address, "write", "-", "--yes-write", "--block", "9000");
        Assert.Equal(1, odd.ExitCode);
        Assert.Contains("- ends 3 bytes into a block of 512. 2 blocks before that were written and flushed.", odd.Error, StringComparison.Ordinal);
        Assert.Equal(data[..(2 * Block)], Run("read", "--block", "9000", "--blocks", "2").Data);
        CommandRun over = CommandRun.On(_machine, data[..(2 * Block)], false, "nvme", Address, "write", "-", "--yes-write", "--block", "524287");
        Assert.Contains("1 block before that was written", over.Error, StringComparison.Ordinal);
        CommandRun few = CommandRun.On(_machine, data[..(2 * Block)], false, "nvme", Address, "write", "-", "--yes-write", "--block", "9000", "--blocks", "4");
        Assert.Contains("ended before 4 blocks", few.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void One_block_is_and_two_are()
    {
        string to = Path.Combine(_folder, "to");
        Assert.Equal($"1 block (512 bytes) of namespace 1 from block 3 on is in {to}\n", Run("read", to, "--block", "3").Output);
        Assert.Equal($"2 blocks (1.02 kB) of namespace 1 from block 3 on are in {to}\n", Run("read", to, "--block", "3", "--blocks", "2").Output);
        Assert.Equal($"2 blocks (1.02 kB) of {to} are in namespace 1 from block 7 on, and flushed\n", Run("write", to, "--block", "7", "--yes-write").Output);
    }

    [Fact]
    public void Data_and_JSON_do_not_both_go_to_standard_output()
    {
        Assert.Equal(2, Run("read", "--json").ExitCode);
        Assert.Equal(2, Run("read", "-", "--json").ExitCode);
    }

    private CommandRun Run(params string[] args) => CommandRun.On(_machine, ["nvme", Address, .. args]);

    private string FileOf(byte[] data)
    {
        string path = Path.Combine(_folder, Path.GetRandomFileName());
        File.WriteAllBytes(path, data);
        return path;
    }
}
