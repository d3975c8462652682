using Vfio.Nvme;

namespace Vfio.Scenarios.Storage;

/// <summary>
/// One queue's share of the work, on blocks that are no other queue's. A round has writes of random lengths to random blocks under way together with reads of what the
/// round before wrote, each elsewhere in memory than it was written from. What is chosen depends on the seed alone.
/// </summary>
public sealed class Traffic
{
    private const int Page = 4096;
    private const int Guard = 64;
    private const byte Untouched = 0xcc;

    // QEMU's controller answers a command of more than 1,024 pieces with an internal error, whatever its MDTS.
    private const int MostPieces = 1024;

    // Of a page: every place that a transfer may begin at.
    private const int Alignments = Page / 4;

    private readonly NvmeQueue _queue;
    private readonly NvmeNamespace _namespace;
    private readonly BlockSums _sums;
    private readonly DmaBuffer _memory;
    private readonly Completions _completions;
    private readonly Transfer[] _underWay;
    private readonly Random _random;
    private readonly List<Transfer> _written = [];
    private ulong _data;
    private int _transfers;

    /// <param name="queue">The queue.</param>
    /// <param name="ns">The namespace.</param>
    /// <param name="first">Its blocks: from here.</param>
    /// <param name="blocks">So many.</param>
    /// <param name="memory">Its memory.</param>
    /// <param name="seed">Decides everything.</param>
    public Traffic(NvmeQueue queue, NvmeNamespace ns, ulong first, int blocks, DmaBuffer memory, int seed)
    {
        ArgumentNullException.ThrowIfNull(queue);
        ArgumentNullException.ThrowIfNull(ns);
        _queue = queue;
        _namespace = ns;
        _memory = memory;
        _sums = new BlockSums(first, blocks, ns.BlockSize);
        _completions = new Completions(queue);
        _underWay = new Transfer[queue.Depth];
        MostBytes = MostOf(queue);
        _random = new Random(seed);
        _data = (ulong)seed << 48;
    }

    /// <summary>Bytes written, all of them read back a round later.</summary>
    public long Written { get; private set; }

    /// <summary>Bytes read.</summary>
    public long Read { get; private set; }

    /// <summary>Commands by the shape of their PRPs: one page, two pages, a list, a list after a part of a page.</summary>
    public int[] Shapes { get; } = new int[4];

    /// <summary>A checksum of all that was read, in the order it was asked for.</summary>
    public ulong Sum { get; private set; }

    /// <summary>How often the queue's vector has fired.</summary>
    public ulong Interrupts => _completions.Interrupts;

    /// <summary>Memory for a queue.</summary>
    public static ulong BytesFor(NvmeQueue queue) => 4 * Room(MostOf(queue));

    /// <summary>The most bytes that one command moves.</summary>
    public int MostBytes { get; }

    /// <summary>Submits a round.</summary>
    /// <param name="writes">Whether it has writes; one without ends the work.</param>
    public void Submit(bool writes)
    {
        Queue<Transfer> reads = new(_written);
        List<Transfer> taken = [.. _written];
        ulong room = _memory.Length / 2;
        int left = _queue.Depth / 2;
        _written.Clear();
        ulong at = 0;
        while (reads.Count > 0 || writes)
        {
            if (reads.Count > 0 && (!writes || _random.Next(2) == 0))
            {
                Place(reads.Dequeue() with { IsWrite = false }, ref at);
                continue;
            }

            Transfer next = Choose();
            ulong size = Room(next.Blocks * _namespace.BlockSize);
            if (left-- == 0 || size > room)
            {
                writes = false;
            }
            else if (!taken.Exists(next.Overlaps))
            {
                taken.Add(next);
                room -= size;
                Place(next, ref at);
            }
        }

        _queue.Ring();
    }

    /// <summary>Takes the answers of a round, and looks at what was read and at what is beside it.</summary>
    public void Collect() => _completions.TakeAll(completion =>
    {
        completion.ThrowIfFailed("Read or Write");
        Transfer done = _underWay[completion.Tag];
        int bytes = done.Blocks * _namespace.BlockSize;
        if (done.IsWrite)
        {
            Written += bytes;
            return;
        }

        Read += bytes;
        Sum += _sums.Check(done.Block, _memory.Slice(done.Offset, bytes));
        ScenarioContext.Check(
            !_memory.Slice(done.Offset - Guard, Guard).ContainsAnyExcept(Untouched) && !_memory.Slice(done.Offset + (ulong)bytes, Guard).ContainsAnyExcept(Untouched),
            $"a read of {bytes} bytes at {done.Offset % Page} of a page wrote beside its memory");
    });

    /// <summary>Reads all that was ever written once more, a command at a time: nothing was written where it does not belong.</summary>
    public void ReadAll()
    {
        int most = MostBytes / _namespace.BlockSize;
        for (int block = 0; _sums.NextWritten(ref block, most) is > 0 and int blocks; block += blocks)
        {
            ulong at = 0;
            Place(new Transfer(block, blocks, 0, false), ref at);
            _queue.Ring();
            Collect();
        }
    }

    private static int MostOf(NvmeQueue queue) => Math.Min(queue.MaximumTransfer, (MostPieces - 1) * Page);

    private static ulong Room(int bytes) => (ulong)((bytes + (2 * Page) - 1) & ~(Page - 1)) + Page;

    // Small ones until each alignment was there, then of all lengths, the longest and the shortest too.
    private Transfer Choose()
    {
        int most = _transfers < Alignments ? 3 * Page / _namespace.BlockSize : MostBytes / _namespace.BlockSize;
        int blocks = _random.Next(16) switch
        {
            0 => most,
            1 => 1,
            _ => 1 + (int)(Math.Pow(most, _random.NextDouble()) - 1),
        };
        return new Transfer(_random.Next(_sums.Blocks - blocks + 1), blocks, 0, true);
    }

    private void Place(Transfer transfer, ref ulong at)
    {
        int bytes = transfer.Blocks * _namespace.BlockSize;

        // One after the other all of them come, for 613 is prime to 1024; and between them the first of a page again and again.
        int inPage = _random.Next(8) == 0 ? 0 : _transfers++ * 613 % Alignments * 4;
        ulong offset = at + (ulong)inPage + (inPage < Guard ? (ulong)Page : 0);
        at += Room(bytes);
        transfer = transfer with { Offset = offset };
        Span<byte> memory = _memory.Slice(offset, bytes);
        if (transfer.IsWrite)
        {
            _sums.Write(transfer.Block, memory, ref _data);
            _written.Add(transfer);
        }
        else
        {
            _memory.Slice(offset - Guard, bytes + (2 * Guard)).Fill(Untouched);
        }

        ulong first = _sums.First + (ulong)transfer.Block;
        ScenarioContext.Check(
            transfer.IsWrite ? _queue.TryWrite(_namespace, first, transfer.Blocks, _memory, offset, out ushort tag)
                : _queue.TryRead(_namespace, first, transfer.Blocks, _memory, offset, out tag),
            "the queue is full too early");
        _underWay[tag] = transfer;
        int pages = (inPage + bytes + Page - 1) / Page;
        Shapes[pages <= 2 ? pages - 1 : inPage == 0 ? 2 : 3]++;

        // Some are told of alone, most together.
        if (_random.Next(8) == 0)
        {
            _queue.Ring();
        }
    }

    private readonly record struct Transfer(int Block, int Blocks, ulong Offset, bool IsWrite)
    {
        public bool Overlaps(Transfer other) => Block < other.Block + other.Blocks && other.Block < Block + Blocks;
    }
}
