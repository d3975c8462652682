using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Storage;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Storage;

public sealed class FileBlockStoreTests : IDisposable
{
    private const ulong Size = 16 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("vfio-store-").FullName;

    private string Blocks => Path.Combine(_folder, "blocks");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_written_is_there_when_the_file_is_opened_again_and_the_rest_takes_no_room()
    {
        byte[] written = new byte[12345];
        new Random(1).NextBytes(written);
        using (var store = new FileBlockStore(Blocks, Size))
        {
            Assert.True(store.TryWrite(Size - 12345, written));
            Assert.True(store.TryFlush());
        }

        Assert.Equal((long)Size, new FileInfo(Blocks).Length);
        Assert.True(BytesTaken() < 1 << 20);
        using (var store = new FileBlockStore(Blocks, Size))
        {
            byte[] read = new byte[12345];
            Assert.True(store.TryRead(Size - 12345, read));
            Assert.Equal(written, read);
            Assert.True(store.TryRead(0, read));
            Assert.False(read.AsSpan().ContainsAnyExcept((byte)0));
        }
    }

    [Fact]
    public void What_is_cleared_reads_as_zeros_and_gives_back_its_room()
    {
        using var store = new FileBlockStore(Blocks, Size);
        byte[] bytes = new byte[8 << 20];
        bytes.AsSpan().Fill(7);
        Assert.True(store.TryWrite(0, bytes));
        Assert.True(store.TryFlush());
        ulong before = BytesTaken();
        Assert.True(store.TryClear(512, (8 << 20) - 1024));
        Assert.True(store.TryFlush());
        Assert.True(BytesTaken() < before / 4, $"{before} bytes were taken, and {BytesTaken()} are");
        Assert.True(store.TryRead(0, bytes));
        Assert.False(bytes.AsSpan(0, 512).ContainsAnyExcept((byte)7));
        Assert.False(bytes.AsSpan(512, bytes.Length - 1024).ContainsAnyExcept((byte)0));
        Assert.False(bytes.AsSpan(bytes.Length - 512).ContainsAnyExcept((byte)7));
    }

    [Fact]
    public void A_file_that_somebody_cut_off_is_a_medium_that_fails()
    {
        using var store = new FileBlockStore(Blocks, Size);
        Assert.True(store.TryWrite(0, [1, 2, 3]));
        Assert.Equal(0, Machine.Host.Close(Cut()));
        Assert.False(store.TryRead(0, new byte[512]));
        store.Dispose();
        Assert.False(store.TryWrite(0, [1]));
        Assert.False(store.TryClear(0, 512));
        Assert.False(store.TryFlush());
    }

    [Fact]
    public void A_file_that_is_not_to_be_written_any_more_is_a_medium_that_fails()
    {
        int file = Machine.Host.MemfdCreate("blocks", MemfdFlags.AllowSealing);
        using var store = new FileBlockStore($"/proc/self/fd/{file}", Size);
        Assert.True(store.TryWrite(0, [1, 2, 3]));
        Assert.Equal(0, Machine.Host.AddSeals(file, FileSeals.Write));
        Assert.False(store.TryWrite(0, [1]));
        Assert.False(store.TryClear(0, 512));
        Assert.True(store.TryRead(0, new byte[512]));
        Machine.Host.Close(file);
    }

    [Theory]
    [InlineData("blocks", "holds 4096 bytes, and size says 16777216")]
    [InlineData("folder", "denied")]
    [InlineData("missing/blocks", "Could not find a part of the path")]
    [InlineData("taken", "used by another process")]
    public void A_file_that_cannot_be_a_store_is_named_with_what_is_wrong(string name, string what)
    {
        File.WriteAllBytes(Blocks, new byte[4096]);
        Directory.CreateDirectory(Path.Combine(_folder, "folder"));
        using var taken = new FileBlockStore(Path.Combine(_folder, "taken"), Size);
        MachineTopology topology = Topology(Path.Combine(_folder, name));
        TopologyException refused = Assert.Throws<TopologyException>(() => new SoftMachine(topology, Machine.Host));
        Assert.Contains("0000:00:02.0", refused.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_folder, name), refused.Message, StringComparison.Ordinal);
        Assert.Contains(what, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_is_free_for_another_machine_once_this_one_is_switched_off()
    {
        for (int i = 0; i < 2; i++)
        {
            using var machine = new SoftMachine(Topology(Blocks), Machine.Host);
            Assert.Throws<TopologyException>(() => new SoftMachine(Topology(Blocks), Machine.Host));
        }
    }

    private static MachineTopology Topology(string path)
    {
        MachineTopology topology = SoftTopologies.Load("q35-intel");
        topology.Functions.Single(static function => function.Address == "0000:00:02.0").Store = new StoreTopology { Kind = "file", Path = path, Size = Size };
        return topology;
    }

    private int Cut()
    {
        int file = Machine.Host.Open(Blocks, OpenFlags.ReadWrite);
        Assert.Equal(0, Machine.Host.Ftruncate(file, 0));
        return file;
    }

    // st_blocks, in units of 512 bytes.
    private ulong BytesTaken()
    {
        using System.Diagnostics.Process stat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%b", Blocks]) { RedirectStandardOutput = true })!;
        string blocks = stat.StandardOutput.ReadToEnd();
        stat.WaitForExit();
        return ulong.Parse(blocks, System.Globalization.CultureInfo.InvariantCulture) * 512;
    }
}
