using System.Buffers.Binary;

namespace Vfio.Nvme;

/// <summary>
/// A submission queue and the completion queue that answers it: where the next command goes, whose answer came. For one thread at a time; allocates nothing.
/// </summary>
/// <remarks>
/// In its memory stand the submission queue, the completion queue and, for each command that can be under way, a page for its PRP list. What the controller
/// writes there is taken as hostile: an answer to a command that is not under way ends the ring.
/// </remarks>
internal sealed class NvmeRing
{
    public const int PageSize = 4096;

    private const int CommandSize = 64;
    private const int CompletionSize = 16;

    private readonly Region _registers;
    private readonly DmaBuffer _memory;
    private readonly ulong _completions;
    private readonly ulong _lists;
    private readonly ulong _tailDoorbell;
    private readonly ulong _headDoorbell;
    private readonly int _entries;
    private readonly bool[] _underWay;
    private readonly ushort[] _free;
    private int _freeCount;
    private int _tail;
    private int _head;
    private int _rungTail;
    private int _phase = 1;

    /// <param name="registers">BAR 0.</param>
    /// <param name="memory"><see cref="BytesFor"/> of it, zeroed; not owned.</param>
    /// <param name="entries">Of each queue, 2 or more.</param>
    /// <param name="tailDoorbell">Where the tail of the submission queue is stored.</param>
    /// <param name="headDoorbell">Where the head of the completion queue is stored.</param>
    public NvmeRing(Region registers, DmaBuffer memory, int entries, ulong tailDoorbell, ulong headDoorbell)
    {
        _registers = registers;
        _memory = memory;
        _entries = entries;
        _tailDoorbell = tailDoorbell;
        _headDoorbell = headDoorbell;
        _completions = WholePages(entries * CommandSize);
        _lists = _completions + WholePages(entries * CompletionSize);

        // A queue that is full looks empty: one entry stays free.
        Depth = entries - 1;
        _underWay = new bool[Depth];
        _free = new ushort[Depth];
        for (int i = 0; i < Depth; i++)
        {
            _free[i] = (ushort)(Depth - 1 - i);
        }

        _freeCount = Depth;
    }

    /// <summary>Commands that can be under way.</summary>
    public int Depth { get; }

    /// <summary>Commands that are.</summary>
    public int UnderWay => Depth - _freeCount;

    /// <summary>Where the submission queue begins, for the device.</summary>
    public ulong SubmissionIova => _memory.Iova;

    /// <summary>Where the completion queue begins, for the device.</summary>
    public ulong CompletionIova => _memory.Iova + _completions;

    /// <summary>Memory that a ring takes.</summary>
    public static ulong BytesFor(int entries) => WholePages(entries * CommandSize) + WholePages(entries * CompletionSize) + ((ulong)(entries - 1) * PageSize);

    /// <summary>Puts a command into the queue; <see cref="Ring"/> tells the controller. False when as many as can be are under way.</summary>
    /// <param name="command">The command.</param>
    /// <param name="tag">Names it in its completion.</param>
    public bool TrySubmit(in NvmeCommand command, out ushort tag)
    {
        if (_freeCount == 0)
        {
            tag = 0;
            return false;
        }

        tag = _free[--_freeCount];
        _underWay[tag] = true;
        Span<byte> entry = _memory.Slice((ulong)(_tail * CommandSize), CommandSize);
        command.Write(entry, tag);
        if (command.Length != 0)
        {
            WritePointer(entry, command.Data, command.Length, tag);
        }

        _tail = _tail + 1 == _entries ? 0 : _tail + 1;
        return true;
    }

    /// <summary>Tells the controller of what was submitted since.</summary>
    public void Ring()
    {
        if (_rungTail != _tail)
        {
            _rungTail = _tail;
            _registers.Write32(_tailDoorbell, (uint)_tail);
        }
    }

    /// <summary>Takes answers, as many as there are and as fit.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="NvmeException">The controller answered what was not asked.</exception>
    public int Poll(Span<NvmeCompletion> completions)
    {
        int count = 0;
        while (count < completions.Length)
        {
            ReadOnlySpan<byte> entry = _memory.Slice(_completions + (ulong)(_head * CompletionSize), CompletionSize);

            // The phase bit is in the low byte of the status field. The acquire keeps the entry's other reads behind it.
            if ((Volatile.Read(in entry[14]) & 1) != _phase)
            {
                break;
            }

            ushort tag = BinaryPrimitives.ReadUInt16LittleEndian(entry[12..]);
            if (tag >= _underWay.Length || !_underWay[tag])
            {
                throw new NvmeException($"the controller completed command {tag}, which is not under way");
            }

            completions[count++] = new NvmeCompletion(
                tag, (BinaryPrimitives.ReadUInt16LittleEndian(entry[14..]) >> 1) & 0x7ff, BinaryPrimitives.ReadUInt32LittleEndian(entry));
            _underWay[tag] = false;
            _free[_freeCount++] = tag;
            if (++_head == _entries)
            {
                _head = 0;
                _phase ^= 1;
            }
        }

        if (count != 0)
        {
            _registers.Write32(_headDoorbell, (uint)_head);
        }

        return count;
    }

    // Base specification 1.4, 4.3: the second pointer is the second page, or the list of all pages after the first.
    private void WritePointer(Span<byte> entry, ulong iova, int length, ushort tag)
    {
        const ulong InPage = PageSize - 1;
        const int First = 24;
        const int Second = 32;
        BinaryPrimitives.WriteUInt64LittleEndian(entry[First..], iova);
        int left = length - (int)(PageSize - (iova & InPage));
        if (left <= 0)
        {
            return;
        }

        ulong page = (iova & ~InPage) + PageSize;
        if (left <= PageSize)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(entry[Second..], page);
            return;
        }

        ulong list = _lists + ((ulong)tag * PageSize);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[Second..], _memory.Iova + list);
        Span<byte> pointers = _memory.Slice(list, PageSize);
        for (; left > 0; left -= PageSize, page += PageSize)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(pointers, page);
            pointers = pointers[sizeof(ulong)..];
        }
    }

    private static ulong WholePages(int bytes) => ((ulong)bytes + PageSize - 1) & ~(ulong)(PageSize - 1);
}
