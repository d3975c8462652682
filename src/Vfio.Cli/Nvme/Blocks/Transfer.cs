using System.Globalization;
using Vfio.Cli.Hosting;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme.Blocks;

/// <summary>Runs of blocks to and from DMA memory, a part at a time, each by several commands; how far it is, it tells.</summary>
internal sealed class Transfer : IDisposable
{
    private const int MostBytes = 1 << 20;
    private const int Depth = 32;

    private readonly NvmeNamespace _namespace;
    private readonly NvmeQueue _queue;
    private readonly DmaBuffer _memory;
    private readonly Progress _progress;
    private readonly CancellationToken _cancellation;

    public Transfer(NvmeSession session, NvmeNamespace of, NvmeOpening opening)
    {
        _namespace = of;
        _cancellation = opening.Cancellation;
        int depth = Math.Min(Depth, session.Controller.ReadLimits(_cancellation).Depth);
        _queue = session.Controller.CreateQueue(depth, cancellation: _cancellation);
        PartBlocks = Math.Max(1, MostBytes / of.BlockSize);
        _memory = session.Allocate((ulong)PartBlocks * (ulong)of.BlockSize);
        _progress = new(opening.Terminal);
    }

    /// <summary>What is moved at once, in blocks.</summary>
    public int PartBlocks { get; }

    /// <summary>Room for a part.</summary>
    public Span<byte> Part => _memory.Span;

    /// <summary>Reads blocks and hands them on in order.</summary>
    /// <exception cref="NvmeException">Some cannot be read: the message says which part they are in.</exception>
    public void Read(ulong first, ulong blocks, Action<ReadOnlySpan<byte>> to)
    {
        for (ulong done = 0; done < blocks;)
        {
            int count = (int)Math.Min((ulong)PartBlocks, blocks - done);
            int bytes = count * _namespace.BlockSize;
            Try(first + done, count, () => _queue.Read(_namespace, first + done, _memory, 0, bytes, _cancellation));
            to(_memory.Slice(0, bytes));
            done += (ulong)count;
            Tell("read", done, blocks);
        }
    }

    /// <summary>Writes what stands in <see cref="Part"/>.</summary>
    /// <param name="first">Where to.</param>
    /// <param name="blocks">How many of them.</param>
    /// <exception cref="NvmeException">Some cannot be written: the message says which part they are in.</exception>
    public void Write(ulong first, int blocks)
        => Try(first, blocks, () => _queue.Write(_namespace, first, _memory, 0, blocks * _namespace.BlockSize, _cancellation));

    public void Flush() => _queue.Flush(_namespace);

    /// <param name="what">"read" or "written".</param>
    /// <param name="done">Blocks.</param>
    /// <param name="of">Blocks in all; null where that is not known.</param>
    public void Tell(string what, ulong done, ulong? of)
    {
        string all = of is { } blocks ? $" of {NvmeText.Decimal(blocks * (UInt128)_namespace.BlockSize)} ({(int)(done * 100.0 / blocks)} %)" : "";
        _progress.Show($"{NvmeText.Decimal(done * (UInt128)_namespace.BlockSize)}{all} {what}");
    }

    public void Dispose()
    {
        _progress.Dispose();
        _queue.Dispose();
    }

    /// <summary>That blocks are in a namespace.</summary>
    /// <exception cref="CommandException">They are not.</exception>
    public static void Check(NvmeNamespace of, ulong first, ulong blocks)
    {
        if (first >= of.Blocks || blocks > of.Blocks - first)
        {
            throw new CommandException(ExitCode.Failed, string.Create(
                CultureInfo.InvariantCulture,
                $"{NvmeText.Count(blocks, "block")} from block {first} on {(blocks == 1 ? "is" : "are")} not in namespace {of.Id}, which has {of.Blocks}: 0 to {of.Blocks - 1}."));
        }
    }

    private void Try(ulong first, int blocks, Action move)
    {
        try
        {
            move();
        }
        catch (NvmeException e)
        {
            throw new NvmeException(
                string.Create(CultureInfo.InvariantCulture, $"namespace {_namespace.Id}, among blocks {first} to {first + (ulong)blocks - 1}: {e.Message}"), e.Failure);
        }
    }
}
