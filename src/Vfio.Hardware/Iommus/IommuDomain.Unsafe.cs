using System.Runtime.CompilerServices;

namespace Vfio.Hardware.Iommus;

/// <content>Translation: what devices do.</content>
public sealed unsafe partial class IommuDomain
{
    /// <summary>The most that is copied in one read section: what an unmap may have to wait for.</summary>
    private const int SectionBytes = 64 * 1024;

    /// <summary>A device reads memory. False, with nothing promised of the buffer, when a page is not mapped for reading.</summary>
    public bool TryRead(ulong iova, Span<byte> destination)
    {
        DeviceDomain? path = this;
        return TryRead(ref path, iova, destination);
    }

    /// <summary>A device writes memory. False when a page is not mapped for writing; pages before it may have been written.</summary>
    public bool TryWrite(ulong iova, ReadOnlySpan<byte> source)
    {
        DeviceDomain? path = this;
        return TryWrite(ref path, iova, source);
    }

    /// <summary>As <see cref="TryRead(ulong, Span{byte})"/>, through the domain that stands at <paramref name="path"/> as each section begins.</summary>
    internal static bool TryRead(ref DeviceDomain? path, ulong iova, Span<byte> destination)
    {
        DmaReadSections.Slot section = DmaReadSections.Enter();
        if (TryLocate(ref path, iova, destination.Length, IoPageTable.LeafRead, out byte* memory, out _))
        {
            // Sound: TryLocate vouches for this many bytes until the section ends.
            new ReadOnlySpan<byte>(memory, destination.Length).CopyTo(destination);
            section.Exit();
            return true;
        }

        section.Exit();

        // Sound: the buffer is pinned for the transfer, which stays within its length.
        fixed (byte* local = destination)
        {
            return Transfer(ref path, iova, local, destination.Length, IoPageTable.LeafRead);
        }
    }

    /// <summary>As <see cref="TryWrite(ulong, ReadOnlySpan{byte})"/>, through the domain that stands at <paramref name="path"/> as each section begins.</summary>
    internal static bool TryWrite(ref DeviceDomain? path, ulong iova, ReadOnlySpan<byte> source)
    {
        DmaReadSections.Slot section = DmaReadSections.Enter();
        if (TryLocate(ref path, iova, source.Length, IoPageTable.LeafWrite, out byte* memory, out IommuDomain? domain))
        {
            // Sound: as above.
            source.CopyTo(new Span<byte>(memory, source.Length));
            domain!.NoteWrite(iova, source.Length);
            section.Exit();
            return true;
        }

        section.Exit();

        // Sound: as above; LeafWrite makes Transfer only read the buffer.
        fixed (byte* local = source)
        {
            return Transfer(ref path, iova, local, source.Length, IoPageTable.LeafWrite);
        }
    }

    /// <summary>The common case of <see cref="Pci.DmaPort.TryWriteInOrder"/>; false, and nothing written, where it is another.</summary>
    internal static bool TryWriteInOrder(ref DeviceDomain? path, ulong iova, ReadOnlySpan<ulong> words)
    {
        int length = words.Length * sizeof(ulong);
        DmaReadSections.Slot section = DmaReadSections.Enter();
        bool located = TryLocate(ref path, iova, length, IoPageTable.LeafWrite, out byte* memory, out IommuDomain? domain);
        if (located)
        {
            for (int i = 0; i < words.Length; i++)
            {
                // Sound: TryLocate vouches for this many bytes until the section ends.
                Volatile.Write(ref ((ulong*)memory)[i], words[i]);
            }

            domain!.NoteWrite(iova, length);
        }

        section.Exit();
        return located;
    }

    /// <summary>The common case: the whole of it under one leaf, in memory of our own. Inside a section, and good until it ends.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryLocate(ref DeviceDomain? path, ulong iova, int length, ulong permission, out byte* memory, out IommuDomain? domain)
    {
        domain = Volatile.Read(ref path) as IommuDomain;
        if (domain is not null
            && domain._table.TryTranslate(iova, out ulong leaf, out ulong offset, out ulong room)
            && (leaf & permission) != 0
            && (uint)length <= room
            && length <= SectionBytes)
        {
            // Sound: Map checked that the leaf lies inside the backing, and whoever unmaps a leaf that was translated through waits for this section before the
            // backing and its slot may go; the slot was written before the leaf and is read after it. An Address is only given of memory that cannot shrink.
            nint address = Volatile.Read(ref domain._backings)[IoPageTable.BackingOf(leaf)].Address;
            memory = (byte*)address + offset;
            return address != 0;
        }

        memory = null;
        return false;
    }

    /// <summary>Inside a section, after the data is there: who reads the dirty pages before this finds the page dirty the next time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void NoteWrite(ulong iova, int length)
    {
        if (TracksDirty && length != 0)
        {
            _table.MarkDirty(iova, iova + (ulong)(length - 1));
        }
    }

    private static bool Transfer(ref DeviceDomain? path, ulong iova, byte* local, int length, ulong permission)
    {
        if (length > 0 && iova + (ulong)(length - 1) < iova)
        {
            return false;
        }

        // The first stage is walked piece by piece, outside any section: its tables are memory like any other.
        while (length > 0 && Volatile.Read(ref path) is NestedDomain nested)
        {
            if (!nested.TryTranslate(iova, permission == IoPageTable.LeafWrite, out ulong parentIova, out ulong room))
            {
                return false;
            }

            int part = (int)Math.Min((ulong)length, room);
            if (!Transfer(ref path, nested, parentIova, local, part, permission))
            {
                return false;
            }

            // Sound: part is at most what is left of the local buffer, which the caller pinned.
            iova += (ulong)part;
            local += part;
            length -= part;
        }

        return Transfer(ref path, null, iova, local, length, permission);
    }

    /// <summary>Through the page table that stands at the path, or for addresses that <paramref name="above"/> translated, below it while it stands there.</summary>
    private static bool Transfer(ref DeviceDomain? path, NestedDomain? above, ulong iova, byte* local, int length, ulong permission)
    {
        while (length > 0)
        {
            DmaBacking? far = null;
            ulong farOffset = 0;
            int farLength = 0;
            bool mapped = true;
            int budget = Math.Min(length, SectionBytes);

            DmaReadSections.Slot section = DmaReadSections.Enter();
            DeviceDomain? attached = Volatile.Read(ref path);
            IommuDomain? domain = above is null ? attached as IommuDomain : attached == above ? above.Parent : null;
            while (budget > 0)
            {
                if (domain is null || !domain._table.TryTranslate(iova, out ulong leaf, out ulong offset, out ulong room) || (leaf & permission) == 0)
                {
                    mapped = false;
                    break;
                }

                int part = (int)Math.Min((ulong)budget, room);
                ref BackingSlot slot = ref Volatile.Read(ref domain._backings)[IoPageTable.BackingOf(leaf)];
                if (slot.Address == 0)
                {
                    // Memory that takes a system call to reach: outside the section, and a reference keeps it until then.
                    far = slot.Backing!;
                    far.Acquire();
                    farOffset = offset;
                    farLength = part;
                    break;
                }

                // Sound: as in TryLocate; part stays inside the leaf and inside the local buffer.
                byte* memory = (byte*)slot.Address + offset;
                if (permission == IoPageTable.LeafRead)
                {
                    Buffer.MemoryCopy(memory, local, part, part);
                }
                else
                {
                    Buffer.MemoryCopy(local, memory, part, part);
                    domain.NoteWrite(iova, part);
                }

                iova += (ulong)part;
                local += part;
                length -= part;
                budget -= part;
            }

            section.Exit();
            if (!mapped)
            {
                return false;
            }

            if (far is not null)
            {
                // Sound: farLength is at most what is left of the local buffer, which the caller pinned.
                Span<byte> buffer = new(local, farLength);
                bool done = permission == IoPageTable.LeafRead ? far.TryRead(farOffset, buffer) : far.TryWrite(farOffset, buffer);
                far.Release();
                if (!done)
                {
                    return false;
                }

                if (permission == IoPageTable.LeafWrite && domain!.TracksDirty)
                {
                    section = DmaReadSections.Enter();
                    domain.NoteWrite(iova, farLength);
                    section.Exit();
                }

                iova += (ulong)farLength;
                local += farLength;
                length -= farLength;
            }
        }

        return true;
    }
}
