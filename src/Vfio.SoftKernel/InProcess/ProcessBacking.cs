using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>
/// The whole address space of this process; an offset is an address. For memory that cannot be kept or may vanish: what is no longer mapped is a
/// DMA that fails, also where something else is mapped by then. Unlike a pin it does not outlive the program's munmap.
/// </summary>
/// <param name="process">Whose it is.</param>
/// <param name="host">The system calls of this process.</param>
/// <param name="pageSize">The pages of what is pinned through it.</param>
internal sealed class ProcessBacking(ProcessBackings process, ISystemCalls host, ulong pageSize) : DmaBacking
{
    // In order, none touching the next; a new array for each change, as transfers read it under no lock.
    private (ulong First, ulong Past)[] _lost = [];
    private Transfers _transfers = new();
    private bool _free;

    /// <inheritdoc/>
    public override ulong Length => UserMemory.End;

    /// <inheritdoc/>
    public override ulong PageSize => pageSize;

    /// <summary>Nothing is pinned through it any more.</summary>
    public bool IsFree => Volatile.Read(ref _free);

    /// <summary>Of shared memory the file behind it now, so that two mappings of it are the same place; of private memory the address.</summary>
    public override MemoryPlace PlaceOf(ulong offset)
    {
        if (IsLost(offset, 1))
        {
            return base.PlaceOf(offset);
        }

        foreach (ProcessMapping mapping in ProcessMaps.Read(host))
        {
            if (offset >= mapping.Start && offset < mapping.End)
            {
                return !mapping.IsShared || mapping.File.Inode == 0
                    ? new MemoryPlace(process, offset)
                    : new MemoryPlace(mapping.File, mapping.Offset + (offset - mapping.Start));
            }
        }

        return new MemoryPlace(process, offset);
    }

    /// <inheritdoc/>
    public override bool TryRead(ulong offset, Span<byte> destination)
    {
        Transfers count = Begin();
        bool done = !IsLost(offset, destination.Length) && ProcessMemoryAccess.TryRead(offset, destination);
        Interlocked.Decrement(ref count.UnderWay);
        return done;
    }

    /// <inheritdoc/>
    public override bool TryWrite(ulong offset, ReadOnlySpan<byte> source)
    {
        Transfers count = Begin();
        bool done = !IsLost(offset, source.Length) && ProcessMemoryAccess.TryWrite(offset, source);
        Interlocked.Decrement(ref count.UnderWay);
        return done;
    }

    /// <summary>What was pinned of [<paramref name="first"/>, <paramref name="past"/>) is gone, and no transfer is in it when this returns. Under the lock of the process's backings.</summary>
    internal void Lose(ulong first, ulong past)
    {
        // Ranges that touch become one: a program that maps and unmaps its buffers again and again uses the same addresses.
        List<(ulong First, ulong Past)> lost = [];
        foreach ((ulong First, ulong Past) range in _lost)
        {
            if (range.Past < first || range.First > past)
            {
                lost.Add(range);
            }
            else
            {
                (first, past) = (Math.Min(first, range.First), Math.Max(past, range.Past));
            }
        }

        lost.Insert(lost.FindLastIndex(range => range.Past < first) + 1, (first, past));
        Volatile.Write(ref _lost, [.. lost]);

        // Those that begin from here on see the loss, and are counted elsewhere: devices that never rest keep nobody waiting.
        Transfers before = Interlocked.Exchange(ref _transfers, new Transfers());
        SpinWait.SpinUntil(() => Volatile.Read(ref before.UnderWay) == 0);
    }

    /// <summary>Nothing is held.</summary>
    protected override void Free() => Volatile.Write(ref _free, true);

    // Counted in what still counts after that: who loses a range either waits for this transfer, or is seen by it.
    private Transfers Begin()
    {
        while (true)
        {
            Transfers count = Volatile.Read(ref _transfers);
            Interlocked.Increment(ref count.UnderWay);
            if (count == Volatile.Read(ref _transfers))
            {
                return count;
            }

            Interlocked.Decrement(ref count.UnderWay);
        }
    }

    private bool IsLost(ulong offset, int length)
    {
        (ulong First, ulong Past)[] lost = Volatile.Read(ref _lost);
        int low = 0;
        int high = lost.Length;
        while (low < high)
        {
            int middle = (int)((uint)(low + high) / 2);
            (low, high) = lost[middle].Past <= offset ? (middle + 1, high) : (low, middle);
        }

        return low < lost.Length && lost[low].First < offset + (ulong)length;
    }

    private sealed class Transfers
    {
        public int UnderWay;
    }
}
