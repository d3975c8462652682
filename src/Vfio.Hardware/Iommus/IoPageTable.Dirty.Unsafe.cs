namespace Vfio.Hardware.Iommus;

/// <content>Which leaves devices have written to: a bit in the leaf, set without a lock by who writes, beside the one writer of the table.</content>
internal sealed unsafe partial class IoPageTable
{
    private const ulong LeafDirty = 8;

    /// <summary>The pages of real memory; a table of smaller ones enters each as a pair that is clean or dirty together.</summary>
    private const int SystemPageShift = 12;

    /// <summary>Notes a write to [<paramref name="iova"/>, <paramref name="last"/>], as far as it is mapped. Call inside a read section, or where nothing is unmapped.</summary>
    public void MarkDirty(ulong iova, ulong last)
    {
        while (true)
        {
            // Sound: the slot is an entry of a table of ours, and stays one while the section lasts. Only a leaf that is still there gets
            // the bit: what was cleared meanwhile is left alone, and what was split is walked into by the next round.
            ulong* slot = FindSlot(iova, out ulong slotLast, out _);
            ulong entry = slot is null ? 0 : Volatile.Read(ref *slot);
            if ((entry & LeafBit) != 0 && (entry & LeafDirty) == 0 && Interlocked.CompareExchange(ref *slot, entry | LeafDirty, entry) != entry)
            {
                continue;
            }

            if (slotLast >= last)
            {
                return;
            }

            iova = slotLast + 1;
        }
    }

    /// <summary>
    /// Tells <paramref name="found"/> of the leaves in [<paramref name="iova"/>, <paramref name="last"/>] that were written to, in order; with <paramref name="clear"/> they
    /// are clean from then on. Under the writer's lock. Linux: read_and_clear_dirty of drivers/iommu/generic_pt/iommu_pt.h.
    /// </summary>
    public void ReadDirty(ulong iova, ulong last, bool clear, IDirtyPages? found)
    {
        while (true)
        {
            // Sound: as in MarkDirty; under the lock nothing is unmapped. PairedWith vouches for the entry beside.
            ulong* slot = FindSlot(iova, out ulong slotLast, out int shift);
            bool dirty = slot is not null && TestDirty(slot, clear);
            int beside = slot is null ? 0 : PairedWith(slot, iova, shift);
            if (beside != 0)
            {
                dirty |= TestDirty(slot + beside, clear);
            }

            if (beside > 0)
            {
                // Of a page entered as a pair Linux reports the first half alone (record_dirty counts to the last entry, not past it).
                slotLast += 1UL << _pageShift;
                if (dirty)
                {
                    found?.Add(iova, slotLast - (1UL << _pageShift));
                }
            }
            else if (dirty && beside == 0)
            {
                found?.Add(iova, Math.Min(slotLast, last));
            }

            if (slotLast >= last)
            {
                return;
            }

            iova = slotLast + 1;
        }
    }

    /// <summary>Is there a leaf over <paramref name="iova"/>? Uses nothing: <see cref="Unmap(ulong, ulong, ulong[], List{int}, out bool)"/> need not wait for who asks.</summary>
    public bool IsMapped(ulong iova) => FindSlot(iova, out _, out _) is not null;

    private static bool TestDirty(ulong* slot, bool clear)
    {
        // Sound: the caller's slot. A writer of the bit may run beside; nobody else writes under the lock.
        bool dirty = (Volatile.Read(ref *slot) & LeafDirty) != 0;
        if (dirty && clear)
        {
            Interlocked.And(ref *slot, ~LeafDirty);
        }

        return dirty;
    }

    /// <summary>Is this leaf half of a page that stands on its own alignment on both sides? 1: the first, -1: the second, 0: no.</summary>
    private int PairedWith(ulong* slot, ulong iova, int shift)
    {
        if (_pageShift >= SystemPageShift || shift != _pageShift)
        {
            return 0;
        }

        // Sound: the slot is of the lowest level, where its place is the address's, and 512 entries are a table: the entry beside an even one is in it, and the one before an odd one too.
        int beside = ((iova >> _pageShift) & 1) == 0 ? 1 : -1;
        ulong first = (beside > 0 ? *slot : slot[-1]) & ~(LeafDirty | LeafUsed);
        ulong second = (beside > 0 ? slot[1] : *slot) & ~(LeafDirty | LeafUsed);
        return (first & LeafBit) != 0 && (second & LeafBit) != 0 && second - first == 1UL << PageInBackingShift && ((first >> PageInBackingShift) & 1) == 0 ? beside : 0;
    }

    /// <summary>The leaf over an address; null when there is none. Either way how far what stands there, or is missing there, goes, and at which level.</summary>
    private ulong* FindSlot(ulong iova, out ulong slotLast, out int shift)
    {
        slotLast = ulong.MaxValue;
        shift = _topShift;
        if (iova > _last)
        {
            return null;
        }

        // Sound: as in TryTranslate.
        ulong* table = _root;
        while (true)
        {
            ulong* slot = table + ((iova >> shift) & SlotMask);
            ulong entry = Volatile.Read(ref *slot);
            slotLast = iova | ((1UL << shift) - 1);
            if ((entry & LeafBit) != 0)
            {
                return slot;
            }

            if (entry == 0)
            {
                return null;
            }

            table = (ulong*)entry;
            shift -= LevelBits;
        }
    }
}
