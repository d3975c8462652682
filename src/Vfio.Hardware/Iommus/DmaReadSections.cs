using System.Runtime.InteropServices;

namespace Vfio.Hardware.Iommus;

/// <summary>
/// Who is inside a translation now. A reader marks its own thread's slot, takes no lock and waits for nobody; whoever took something out of a
/// page table, or a page table away from a device, waits here until no reader can still be using it.
/// </summary>
/// <remarks>
/// A section covers translations and at most 64 KiB of copying; never model code, a lock or a system call. Sections do not nest. The reader
/// writes its slot before it reads a table, with no fence of its own: devices translate far more often than what they used is unmapped. The writer writes the table, has every
/// thread fence (membarrier), and then reads the slots: so either the writer sees the reader, or the reader sees what the writer wrote. That costs the writer a system call and
/// takes the slot's cache line from the reader, so who can tell that no reader has used what was taken out, nor stands in a table that was (<see cref="IoPageTable"/>), does not come here.
/// </remarks>
internal static class DmaReadSections
{
    private static readonly Lock s_lock = new();
    private static readonly Stack<Slot> s_free = new();
    private static Slot[] s_slots = [];

    [ThreadStatic]
    private static Slot? t_slot;

    [ThreadStatic]
    private static SlotOwner? t_owner;

    /// <summary>Slots made, for threads that are and that were.</summary>
    public static int SlotCount => Volatile.Read(ref s_slots).Length;

    /// <summary>Begins a section of this thread; ends with <see cref="Slot.Exit"/> of the result. Nothing between may throw.</summary>
    public static Slot Enter()
    {
        Slot slot = t_slot ?? Register();
        Volatile.Write(ref slot.State, slot.State + 1);
        return slot;
    }

    /// <summary>Returns when every section that was open at the call has ended.</summary>
    public static void WaitForReaders()
    {
        Interlocked.MemoryBarrierProcessWide();
        foreach (Slot slot in Volatile.Read(ref s_slots))
        {
            long seen = Volatile.Read(ref slot.State);
            if ((seen & 1) == 0)
            {
                continue;
            }

            SpinWait spin = default;
            while (Volatile.Read(ref slot.State) == seen)
            {
                spin.SpinOnce(sleep1Threshold: -1);
            }
        }
    }

    private static Slot Register()
    {
        lock (s_lock)
        {
            if (!s_free.TryPop(out Slot? slot))
            {
                slot = new Slot();
                Volatile.Write(ref s_slots, [.. s_slots, slot]);
            }

            t_owner = new SlotOwner(slot);
            t_slot = slot;
            return slot;
        }
    }

    /// <summary>One thread's mark: odd inside a section. Only its thread writes it. Alone on its cache lines.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 192)]
    internal sealed class Slot
    {
        [FieldOffset(64)]
        public long State;

        /// <summary>Ends the section.</summary>
        public void Exit() => Volatile.Write(ref State, State + 1);
    }

    /// <summary>Gives a slot back when the thread it was made for is gone.</summary>
    private sealed class SlotOwner(Slot slot)
    {
        ~SlotOwner()
        {
            lock (s_lock)
            {
                s_free.Push(slot);
            }
        }
    }
}
