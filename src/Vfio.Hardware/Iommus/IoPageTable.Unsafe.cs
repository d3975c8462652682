using System.Numerics;
using System.Runtime.CompilerServices;

namespace Vfio.Hardware.Iommus;

/// <summary>
/// A radix tree from I/O page to (backing, page in it). One ulong an entry; a leaf may stand at any level, since a backing is contiguous
/// whatever the alignment. Readers walk it without a lock while one writer changes it.
/// </summary>
/// <remarks>
/// Entry: 0 is empty. Leaf: bit 0, bit 1 read, bit 2 write, bit 3 written to, bit 4 used, bits 5-24 backing, bits 25-63 page in the backing. Table: its address.
/// After its 512 entries, on a cache line that no reader looks at, a table counts those that are not empty. An emptied table is retired and used again only
/// after the readers are gone.
/// <para>
/// Who translates through a leaf has seen its used bit, or has set it by a compare-and-exchange that finds the leaf still there. So where the writer takes out a leaf
/// without that bit nobody uses it and nobody will: there is no reader to wait for. It is what an accessed bit is to a TLB flush.
/// </para>
/// </remarks>
internal sealed unsafe partial class IoPageTable
{
    public const ulong LeafRead = 2;
    public const ulong LeafWrite = 4;
    public const int MaxBackings = 1 << 20;

    private const ulong LeafBit = 1;
    private const ulong LeafUsed = 16;
    private const int BackingShift = 5;
    private const int PageInBackingShift = 25;
    private const int LevelBits = 9;
    private const int TableSize = 1 << LevelBits;
    private const int SlotMask = TableSize - 1;
    private const int CountIndex = TableSize;
    private const int CacheLine = 64;
    private const int TableStride = TableSize + (CacheLine / sizeof(ulong));

    private readonly int _pageShift;
    private readonly int _topShift;
    private readonly int _topLevel;
    private readonly ulong _last;
    private readonly ulong* _root;
    private readonly List<ulong[]> _chunks = [];
    private readonly Stack<nint> _free = new();
    private readonly List<nint> _retired = [];
    private ulong* _carve;
    private int _carveLeft;

    /// <param name="pageShift">log2 of the smallest page.</param>
    /// <param name="last">The last address translated.</param>
    public IoPageTable(int pageShift, ulong last)
    {
        _pageShift = pageShift;
        _last = last;
        int bits = 64 - BitOperations.LeadingZeroCount(last) - pageShift;
        _topLevel = Math.Max(0, (bits - 1) / LevelBits);
        _topShift = pageShift + (_topLevel * LevelBits);
        _root = NewTable();
    }

    /// <summary>Where a leaf points, once found.</summary>
    public static int BackingOf(ulong leaf) => (int)(leaf >> BackingShift) & (MaxBackings - 1);

    /// <summary>
    /// Finds the leaf over <paramref name="iova"/> and holds whoever unmaps it until the read section ends. False when there is none. Call inside a read section,
    /// or under the writer's lock.
    /// </summary>
    /// <param name="iova">The address.</param>
    /// <param name="leaf">The leaf.</param>
    /// <param name="offset">The byte of the backing that stands at the address.</param>
    /// <param name="room">Bytes from the address to the end of the leaf.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryTranslate(ulong iova, out ulong leaf, out ulong offset, out ulong room)
    {
        Unsafe.SkipInit(out offset);
        Unsafe.SkipInit(out room);
        if (iova > _last)
        {
            leaf = 0;
            return false;
        }

        // Sound: every table is 512 entries of a pinned array that _chunks keeps alive as long as this object, the slot is masked to 511, and
        // a table the walk has entered is not used again before this read section ends.
    again:
        ulong* table = _root;
        int shift = _topShift;
        while (true)
        {
            ulong* slot = table + ((iova >> shift) & SlotMask);
            ulong entry = Volatile.Read(ref *slot);
            if ((entry & LeafBit) != 0)
            {
                if ((entry & LeafUsed) == 0 && Interlocked.CompareExchange(ref *slot, entry | LeafUsed, entry) != entry)
                {
                    goto again;
                }

                ulong span = 1UL << shift;
                ulong within = iova & (span - 1);
                leaf = entry;
                offset = ((entry >> PageInBackingShift) << _pageShift) + within;
                room = span - within;
                return true;
            }

            if (entry == 0)
            {
                leaf = 0;
                return false;
            }

            table = (ulong*)entry;
            shift -= LevelBits;
        }
    }

    /// <summary>Enters [<paramref name="iova"/>, <paramref name="last"/>], page aligned and empty, in leaves of no more than 1 &lt;&lt; <paramref name="largestShift"/> bytes.</summary>
    public void Map(ulong iova, ulong last, int backing, ulong page, bool read, bool write, int largestShift)
    {
        ulong leaf = LeafBit | (read ? LeafRead : 0) | (write ? LeafWrite : 0) | ((ulong)backing << BackingShift);
        Map(_root, _topShift, iova, last, leaf, page, largestShift);
    }

    /// <summary>
    /// Clears [<paramref name="iova"/>, <paramref name="last"/>], page aligned; returns the bytes that were mapped and takes the pages off
    /// each backing's count; those left without a page are added to <paramref name="emptied"/>. With <paramref name="inUse"/> the caller waits for the readers,
    /// and then <see cref="Reclaim"/> must follow.
    /// </summary>
    public ulong Unmap(ulong iova, ulong last, ulong[] backingPages, List<int> emptied, out bool inUse)
    {
        ulong bytes = 0;
        ulong seen = 0;
        Unmap(_root, _topShift, iova, last, backingPages, emptied, ref bytes, ref seen);
        inUse = (seen & LeafUsed) != 0 || _retired.Count != 0;
        return bytes;
    }

    /// <summary>Makes the tables that <see cref="Unmap(ulong, ulong, ulong[], List{int}, out bool)"/> emptied fit for use again.</summary>
    public void Reclaim()
    {
        foreach (nint table in _retired)
        {
            _free.Push(table);
        }

        _retired.Clear();
    }

    private void Map(ulong* table, int shift, ulong iova, ulong last, ulong leaf, ulong page, int largestShift)
    {
        // Sound: as in TryTranslate; there is one writer at a time, so an entry that is no leaf does not change between its read and its write.
        ulong span = 1UL << shift;
        while (true)
        {
            ulong slotLast = iova | (span - 1);
            ulong partLast = Math.Min(slotLast, last);
            ref ulong slot = ref table[(iova >> shift) & SlotMask];
            ulong entry = slot;
            if (entry == 0 && partLast == slotLast && (iova & (span - 1)) == 0 && shift <= largestShift)
            {
                Volatile.Write(ref slot, leaf | (page << PageInBackingShift));
                table[CountIndex]++;
            }
            else
            {
                if ((entry & LeafBit) != 0 || shift == _pageShift)
                {
                    throw new InvalidOperationException($"I/O address {iova:x} is mapped already.");
                }

                ulong* child = entry == 0 ? NewTable() : (ulong*)entry;
                Map(child, shift - LevelBits, iova, partLast, leaf, page, largestShift);
                if (entry == 0)
                {
                    Volatile.Write(ref slot, (ulong)child);
                    table[CountIndex]++;
                }
            }

            if (partLast == last)
            {
                return;
            }

            page += (partLast - iova + 1) >> _pageShift;
            iova = partLast + 1;
        }
    }

    private void Unmap(ulong* table, int shift, ulong iova, ulong last, ulong[] backingPages, List<int> emptied, ref ulong bytes, ref ulong seen)
    {
        // Sound: as in Map.
        ulong span = 1UL << shift;
        while (true)
        {
            ulong slotLast = iova | (span - 1);
            ulong partLast = Math.Min(slotLast, last);
            ref ulong slot = ref table[(iova >> shift) & SlotMask];
            ulong entry = slot;
            if ((entry & LeafBit) != 0 && (partLast != slotLast || (iova & (span - 1)) != 0))
            {
                entry = Split(ref slot, shift);
            }

            if ((entry & LeafBit) != 0)
            {
                // In one step: a reader that sets the used bit is seen here, or does not find the leaf any more.
                entry = Interlocked.Exchange(ref slot, 0);
                table[CountIndex]--;
                seen |= entry;
                int number = BackingOf(entry);
                backingPages[number] -= span >> _pageShift;
                if (backingPages[number] == 0)
                {
                    emptied.Add(number);
                }

                bytes += span;
            }
            else if (entry != 0)
            {
                ulong* child = (ulong*)entry;
                Unmap(child, shift - LevelBits, iova, partLast, backingPages, emptied, ref bytes, ref seen);
                if (child[CountIndex] == 0)
                {
                    Volatile.Write(ref slot, 0);
                    table[CountIndex]--;
                    _retired.Add((nint)child);
                }
            }

            if (partLast == last)
            {
                return;
            }

            iova = partLast + 1;
        }
    }

    /// <summary>Puts a table of 512 smaller leaves in the place of one, that says what it says; a bit set meanwhile is not lost.</summary>
    private ulong Split(ref ulong slot, int shift)
    {
        ulong pages = 1UL << (shift - LevelBits - _pageShift);
        ulong* table = NewTable();
        table[CountIndex] = TableSize;
        while (true)
        {
            ulong leaf = Volatile.Read(ref slot);
            for (int i = 0; i < TableSize; i++)
            {
                // Sound: table has TableSize entries and nobody else sees it yet.
                table[i] = leaf + ((ulong)i * pages << PageInBackingShift);
            }

            if (Interlocked.CompareExchange(ref slot, (ulong)table, leaf) == leaf)
            {
                return (ulong)table;
            }
        }
    }

    /// <summary>An empty table: one used before, whose entries have all been cleared, or a new one.</summary>
    private ulong* NewTable()
    {
        if (_free.TryPop(out nint used))
        {
            return (ulong*)used;
        }

        if (_carveLeft == 0)
        {
            // Sound: the array is on the pinned heap, never moves, and lives as long as _chunks; one line more than needed leaves room to align.
            int tables = 4 << Math.Min(_chunks.Count, 4);
            ulong[] chunk = GC.AllocateArray<ulong>((tables * TableStride) + (CacheLine / sizeof(ulong)), pinned: true);
            _chunks.Add(chunk);
            ulong first = (ulong)Unsafe.AsPointer(ref chunk[0]);
            _carve = (ulong*)((first + CacheLine - 1) & ~(ulong)(CacheLine - 1));
            _carveLeft = tables;
        }

        ulong* table = _carve;
        _carve += TableStride;
        _carveLeft--;
        return table;
    }
}
