using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Vfio.Nvme;

/// <summary>
/// A submission queue and the completion queue that answers it: where the next command goes, whose answer came. For one thread at a time; allocates nothing.
/// </summary>
/// <remarks>
/// In its memory stand the submission queue, the completion queue and, for each command that can be under way, room for its list of pages or ranges. What the controller
/// writes there is taken as hostile: an answer to a command that is not under way ends the ring.
/// </remarks>
internal sealed partial class NvmeRing
{
    public const int PageSize = 4096;

    private const int CommandSize = 64;
    private const int CompletionSize = 16;
    private const int SecondPointerAt = 32;
    private const ulong InPage = PageSize - 1;
    private const int NoCommand = 0xffff;
    private const uint PointerIsSgl = 0x4000;
    private const uint IsUnderWay = 1u << 31;

    private readonly Region _registers;
    private readonly DmaBuffer _memory;
    private readonly ulong _completions;
    private readonly ulong _lists;
    private readonly int _listBytes;
    private readonly ulong _tailDoorbell;
    private readonly ulong _headDoorbell;
    private readonly int _entries;

    // Of each tag, a number that grows with each use: its lowest bits are the tag, its lowest 16 the CID, so that an answer given twice is not taken for that of the next
    // command. With IsUnderWay while one is.
    private readonly uint[] _uses;

    // The tags of commands that are not under way, the first _freeCount of them; empty once the memory is let go, so that nobody who asks for a tag need ask for that as well.
    private ushort[] _free;
    private readonly uint _tags;
    private int _freeCount;
    private int _tail;
    private int _head;
    private int _rungTail;
    private int _rungHead;
    private uint _phase;

    /// <param name="registers">BAR 0.</param>
    /// <param name="memory"><see cref="BytesFor"/> of it; not owned.</param>
    /// <param name="entries">Of each queue, 2 or more.</param>
    /// <param name="listPages">Pages of each command's list; 0 where no command has one.</param>
    /// <param name="tailDoorbell">Where the tail of the submission queue is stored.</param>
    /// <param name="headDoorbell">Where the head of the completion queue is stored.</param>
    public NvmeRing(Region registers, DmaBuffer memory, int entries, int listPages, ulong tailDoorbell, ulong headDoorbell)
    {
        _registers = registers;
        _memory = memory;
        _entries = entries;
        _listBytes = listPages * PageSize;
        _tailDoorbell = tailDoorbell;
        _headDoorbell = headDoorbell;
        _completions = WholePages(entries * CommandSize);
        _lists = _completions + WholePages(entries * CompletionSize);

        // A queue that is full looks empty: one entry stays free.
        Depth = entries - 1;
        _uses = new uint[Depth];
        _free = new ushort[Depth];
        _tags = 1u << (32 - BitOperations.LeadingZeroCount((uint)(Depth - 1)));
        for (int i = 0; i < Depth; i++)
        {
            _uses[i] = (uint)i;
        }

        Hold();
        Reset();
    }

    /// <summary>Commands that can be under way.</summary>
    public int Depth { get; }

    /// <summary>Commands that are.</summary>
    public int UnderWay => Depth - _freeCount;

    /// <summary>Data is named by one descriptor of an SGL where it would take a list of pages, or begins where no page's entry can.</summary>
    public bool UsesSgls { get; set; }

    /// <summary>Where the submission queue begins, for the device.</summary>
    public ulong SubmissionIova => _memory.Iova;

    /// <summary>Where the completion queue begins, for the device.</summary>
    public ulong CompletionIova => _memory.Iova + _completions;

    /// <summary>Memory that a ring takes.</summary>
    public static ulong BytesFor(int entries, int listPages)
        => WholePages(entries * CommandSize) + WholePages(entries * CompletionSize) + ((ulong)(entries - 1) * (ulong)listPages * PageSize);

    /// <summary>What tells the command that has this tag from those that had it before, its CID in the lowest 16 bits; 0 when none is under way.</summary>
    public uint UseOf(int tag) => (_uses[tag] & IsUnderWay) != 0 ? _uses[tag] : 0;

    /// <summary>Starts over, as the controller does with queues that are made. Nothing is under way any more.</summary>
    public void Reset()
    {
        _memory.Slice(0, (int)_lists).Clear();
        for (int i = 0; i < Depth; i++)
        {
            _uses[i] = UseOf(i) != 0 ? UseAfter(_uses[i]) : _uses[i];
            _free[i] = (ushort)(Depth - 1 - i);
        }

        _freeCount = Depth;
        _tail = _head = _rungTail = _rungHead = 0;
        _phase = 1;
    }

    /// <summary>Names the next command, before it is <see cref="Put"/>. False when as many as can be are under way.</summary>
    public bool TryTake(out ushort tag) => TryTake(out tag, out _);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryTake(out ushort tag, out uint use)
    {
        ushort[] free = _free;
        int last = _freeCount - 1;
        if ((uint)last >= (uint)free.Length)
        {
            ObjectDisposedException.ThrowIf(free.Length == 0, this);
            (tag, use) = (0, 0);
            return false;
        }

        tag = free[last];
        _freeCount = last;
        ref uint mine = ref _uses[tag];
        mine |= IsUnderWay;
        use = mine;
        return true;
    }

    /// <summary>Puts a command into the queue; <see cref="Ring"/> tells the controller.</summary>
    public void Put(in NvmeCommand command, ushort tag)
    {
        Span<byte> entry = _memory.Slice((ulong)(_tail * CommandSize), CommandSize);
        command.Write(entry, (ushort)_uses[tag]);
        if (command.Length != 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(entry[SecondPointerAt..], SecondPointer(command.Data, command.Length, tag, out uint flags));
            entry[1] |= (byte)(flags >> 8);
        }

        Advance();
    }

    /// <summary>Names a command and puts it into the queue. False when as many as can be are under way.</summary>
    public bool TrySubmit(in NvmeCommand command, out ushort tag)
    {
        if (!TryTake(out tag))
        {
            return false;
        }

        Put(command, tag);
        return true;
    }

    /// <summary>Room that belongs to a command until it is answered: a page or more.</summary>
    public Span<byte> ListOf(ushort tag, out ulong iova)
    {
        ulong at = _lists + ((ulong)tag * (ulong)_listBytes);
        iova = _memory.Iova + at;
        return _memory.Slice(at, _listBytes);
    }

    /// <summary>Tells the controller of what was taken and submitted since.</summary>
    public void Ring()
    {
        // In this order there is room for every answer, and with nothing between them: a hypervisor that traps doorbells may have one wait until the device is done with something else.
        Acknowledge();
        if (_rungTail != _tail)
        {
            _rungTail = _tail;
            _registers.Write32(_tailDoorbell, (uint)_tail);
        }
    }

    /// <summary>Takes answers, as many as there are and as fit.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="NvmeException">The controller answered what was not asked.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Poll(Span<NvmeCompletion> completions)
    {
        int count = Take(completions);
        Acknowledge();
        return count;
    }

    /// <summary>
    /// As <see cref="Poll"/>, and leaves it to <see cref="Ring"/> to tell the controller: whatever is under way until then has room for its answer.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Take(Span<NvmeCompletion> completions) => HasAnswer ? TakeAnswers(completions) : 0;

    /// <summary>Ends a command that is never answered any more. False when none is under way.</summary>
    public bool TryForget(out ushort tag)
    {
        for (int i = 0; UnderWay != 0 && i < Depth; i++)
        {
            if (UseOf(i) != 0)
            {
                tag = (ushort)i;
                _uses[i] = UseAfter(_uses[i]);
                if (_free.Length != 0)
                {
                    _free[_freeCount] = tag;
                }

                _freeCount++;
                return true;
            }
        }

        tag = 0;
        return false;
    }

    private void Acknowledge()
    {
        if (_rungHead == _head)
        {
            return;
        }

        _rungHead = _head;
        try
        {
            _registers.Write32(_headDoorbell, (uint)_head);
        }
        catch (VfioException)
        {
            // What was taken was taken. That the registers are not to be reached shows soon enough.
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint UseAfter(uint use)
    {
        uint next = use + _tags;

        // FFFFh is no command (Base specification 1.4, 4.2).
        return ((ushort)next == NoCommand ? next + _tags : next) & ~IsUnderWay;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Advance() => _tail = _tail + 1 == _entries ? 0 : _tail + 1;

    /// <summary>
    /// What stands behind the address of the data: nothing where that is in one page; its second page; the list of all pages after the first; or its length, where it is named by
    /// one descriptor of an SGL, a data block (Base specification 1.4, 4.3 and 4.4).
    /// </summary>
    /// <param name="iova">Where the data begins.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="tag">Whose list it is.</param>
    /// <param name="flags">What that adds to dword 0: PSDT.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong SecondPointer(ulong iova, int length, ushort tag, out uint flags)
    {
        flags = 0;
        int left = length - (int)(PageSize - (iova & InPage));
        if ((left <= 0) & (iova % sizeof(uint) == 0))
        {
            return 0;
        }

        if (UsesSgls && (left > PageSize || iova % sizeof(uint) != 0))
        {
            flags = PointerIsSgl;
            return (uint)length;
        }

        ulong page = (iova & ~InPage) + PageSize;
        return left <= PageSize ? page : WriteList(page, left, tag);
    }

    private ulong WriteList(ulong page, int left, ushort tag)
    {
        Span<byte> list = ListOf(tag, out ulong iova);
        for (int at = 0; left > 0; at += sizeof(ulong))
        {
            // The last entry of a list's page leads to the next one, unless it names the last page of the data.
            if ((at & (int)InPage) == PageSize - sizeof(ulong) && left > PageSize)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(list[at..], iova + (ulong)at + sizeof(ulong));
                continue;
            }

            BinaryPrimitives.WriteUInt64LittleEndian(list[at..], page);
            left -= PageSize;
            page += PageSize;
        }

        return iova;
    }

    private static ulong WholePages(int bytes) => ((ulong)bytes + PageSize - 1) & ~(ulong)(PageSize - 1);
}
