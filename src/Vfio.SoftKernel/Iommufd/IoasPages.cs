using System.Diagnostics;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// Memory that areas map parts of: pinned and paid for once, by whoever needs a part of it first, however often it is copied. Linux: struct iopt_pages.
/// </summary>
/// <remarks>
/// Its lock is the object itself (there is one for every mapping); under it only leaf locks are taken. While everything that is pinned is pinned whole, as almost
/// always, <see cref="_pinned"/> is the backing itself; else it is <see cref="PinnedRuns"/>. Of a dma-buf it is the <see cref="DmaBufPin"/>, for good.
/// </remarks>
internal sealed class IoasPages
{
    private const int PageShift = 12;

    private readonly ulong _length;
    private PinSource _source;
    private object? _pinned;
    private ulong _offset;
    private int _users;
    private int _references = 1;

    /// <summary>Memory of a process or a file.</summary>
    /// <param name="source">Where the pages come from.</param>
    /// <param name="start">Address, or position in the file, of the first byte.</param>
    /// <param name="length">Bytes; not zero.</param>
    public IoasPages(PinSource source, ulong start, ulong length)
    {
        _source = source;
        _length = length;
        Start = start;
    }

    /// <summary>Memory of a dma-buf, imported already.</summary>
    /// <param name="source">Who maps it: nobody pays.</param>
    /// <param name="pin">The import.</param>
    /// <param name="start">Position of the first byte in the dma-buf.</param>
    /// <param name="length">Bytes; not zero.</param>
    public IoasPages(PinSource source, DmaBufPin pin, ulong start, ulong length)
        : this(source, start, length)
    {
        _pinned = pin;
    }

    /// <summary>Address, or position in the file, of the first byte.</summary>
    public ulong Start { get; }

    /// <summary>Whether npages holds their number: iopt_alloc_pages rounds the length up to it, and with the largest lengths past the end.</summary>
    public bool IsCounted => _length + (Start & ((1 << PageShift) - 1)) <= ulong.MaxValue - ((1 << PageShift) - 1);

    /// <summary>Devices may be let write.</summary>
    public bool Writable => Source.Writable;

    /// <summary>Where the pages come from. Changed by <see cref="ChangeProcess"/> alone.</summary>
    public PinSource Source => Volatile.Read(ref _source);

    /// <summary>IOPT_ADDRESS_DMABUF.</summary>
    public bool IsDmaBuf => _pinned is DmaBufPin;

    /// <summary>npinned.</summary>
    public ulong PinnedBytes
    {
        get
        {
            lock (this)
            {
                return _pinned switch
                {
                    DmaBacking => (PageOf(_length - 1) - PageOf(0) + 1) << PageShift,
                    PinnedRuns runs => runs.PageCount << PageShift,
                    _ => 0,
                };
            }
        }
    }

    /// <summary>kref_get.</summary>
    public void Acquire() => Interlocked.Increment(ref _references);

    /// <summary>iopt_put_pages. Not under the lock of an IOAS: the last one may close a file.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            (_pinned as DmaBufPin)?.Release();
            _source.Release();
        }
    }

    /// <summary>
    /// iopt_area_fill_domains: pins the area's part and loads it into page tables. EFAULT, EINVAL when the memory is not there, ENOMEM when the limit is reached; then
    /// nothing has changed.
    /// </summary>
    public Errno Fill(IoasArea area, List<IommuDomain> domains)
    {
        lock (this)
        {
            Errno error = PinLocked(area.StartByte, area.LastByte);
            if (error != Errno.None)
            {
                return error;
            }

            foreach (IommuDomain domain in domains)
            {
                if (!domain.Takes(area.Access))
                {
                    UnpinLocked(area.StartByte, area.LastByte);
                    return Errno.EINVAL;
                }
            }

            foreach (IommuDomain domain in domains)
            {
                LoadLocked(area, domain);
            }

            return Errno.None;
        }
    }

    /// <summary>iopt_area_unfill_domains.</summary>
    public void Unfill(IoasArea area, List<IommuDomain> domains)
    {
        lock (this)
        {
            foreach (IommuDomain domain in domains)
            {
                UnloadLocked(area, domain);
            }

            UnpinLocked(area.StartByte, area.LastByte);
        }
    }

    /// <summary>iopt_area_fill_domain: loads an area that is pinned into one more page table.</summary>
    public void Load(IoasArea area, IommuDomain domain)
    {
        lock (this)
        {
            LoadLocked(area, domain);
        }
    }

    /// <summary>iopt_area_unmap_domain.</summary>
    public void Unload(IoasArea area, IommuDomain domain)
    {
        lock (this)
        {
            UnloadLocked(area, domain);
        }
    }

    /// <summary>
    /// Pins the whole pages under a part: for an area, or an emulated device. Pages that somebody has pinned are the same pages, even if the process has since put
    /// something else at their address.
    /// </summary>
    public Errno Pin(ulong firstByte, ulong lastByte)
    {
        lock (this)
        {
            return PinLocked(firstByte, lastByte);
        }
    }

    /// <summary>Gives one pin of a part back.</summary>
    public void Unpin(ulong firstByte, ulong lastByte)
    {
        lock (this)
        {
            UnpinLocked(firstByte, lastByte);
        }
    }

    /// <summary>The memory that stands from a byte on, up to <paramref name="lastByte"/>, as far as it is pinned together. The caller has it pinned.</summary>
    /// <param name="firstByte">Where.</param>
    /// <param name="lastByte">How far at most.</param>
    /// <param name="offset">Where the first byte stands in it.</param>
    /// <param name="length">Bytes in a row.</param>
    public DmaBacking Find(ulong firstByte, ulong lastByte, out ulong offset, out ulong length)
    {
        lock (this)
        {
            return FindLocked(firstByte, lastByte, out offset, out length)!;
        }
    }

    /// <summary>Is this place of memory among what is pinned? For MD_CHECK_REFS.</summary>
    public bool HasPinned(MemoryPlace page)
    {
        lock (this)
        {
            if (_pinned is null or DmaBufPin)
            {
                return false;
            }

            for (ulong number = PageOf(0), last = PageOf(_length - 1); number <= last; number++)
            {
                if (_pinned is DmaBacking whole)
                {
                    if (whole.PlaceOf(_offset + ((number - PageOf(0)) << PageShift)) == page)
                    {
                        return true;
                    }
                }
                else if (((PinnedRuns)_pinned).Find(number) is { } run && run.Backing.PlaceOf(run.Offset + ((number - run.First) << PageShift)) == page)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>change_mm: from now on another process's. What is pinned was charged to it before.</summary>
    public void ChangeProcess(UserMemory process, PinPayer payer) => Volatile.Write(ref _source, _source.MovedTo(process, payer));

    private ulong PageOf(ulong relative) => (Start + relative) >> PageShift;

    private Errno PinLocked(ulong firstByte, ulong lastByte)
    {
        Debug.Assert(Monitor.IsEntered(this));
        if (_pinned is DmaBufPin)
        {
            return Errno.None;
        }

        ulong first = PageOf(firstByte);
        ulong last = PageOf(lastByte);
        if (_pinned is not PinnedRuns && first == PageOf(0) && last == PageOf(_length - 1))
        {
            if (_pinned is null)
            {
                Errno error = PinNew(first, last, out DmaBacking? backing, out _offset);
                if (error != Errno.None)
                {
                    return error;
                }

                error = Charge(last - first + 1);
                if (error != Errno.None)
                {
                    backing!.Release();
                    return error;
                }

                _pinned = backing;
            }

            _users++;
            return Errno.None;
        }

        return PinPart(first, last);
    }

    private Errno PinPart(ulong first, ulong last)
    {
        PinnedRuns runs = Parts();
        List<PinnedRun> made = [];
        ulong pages = 0;
        Errno error = Errno.None;
        for (ulong at = first; error == Errno.None && runs.NextHole(ref at, last, out ulong holeLast); at = holeLast + 1)
        {
            error = PinNew(at, holeLast, out DmaBacking? backing, out ulong offset);
            if (error == Errno.None)
            {
                made.Add(new PinnedRun { First = at, Last = holeLast, Backing = backing!, Offset = offset });
                pages += holeLast - at + 1;
            }
        }

        if (error == Errno.None)
        {
            error = Charge(pages);
        }

        if (error != Errno.None)
        {
            made.ForEach(static run => run.Backing.Release());
            Tidy(runs);
            return error;
        }

        made.ForEach(runs.Add);
        runs.Use(first, last, 1);
        return Errno.None;
    }

    private void UnpinLocked(ulong firstByte, ulong lastByte)
    {
        Debug.Assert(Monitor.IsEntered(this));
        if (_pinned is DmaBufPin)
        {
            return;
        }

        ulong first = PageOf(firstByte);
        ulong last = PageOf(lastByte);
        if (_pinned is DmaBacking whole && first == PageOf(0) && last == PageOf(_length - 1))
        {
            if (--_users == 0)
            {
                _pinned = null;
                _source.Payer.Account?.Uncharge((last - first + 1) << PageShift);
                whole.Release();
            }

            return;
        }

        // An area that was cut gives its parts back one by one.
        PinnedRuns runs = Parts();
        ulong gone = runs.Use(first, last, -1);
        _source.Payer.Account?.Uncharge(gone << PageShift);
        Tidy(runs);
    }

    /// <summary>From here on parts are counted apart.</summary>
    private PinnedRuns Parts()
    {
        if (_pinned is PinnedRuns already)
        {
            return already;
        }

        PinnedRuns runs = new();
        if (_pinned is DmaBacking whole)
        {
            runs.Add(new PinnedRun { First = PageOf(0), Last = PageOf(_length - 1), Users = _users, Backing = whole, Offset = _offset });
        }

        _users = 0;
        _pinned = runs;
        return runs;
    }

    private void Tidy(PinnedRuns runs)
    {
        if (runs.IsEmpty)
        {
            _pinned = null;
        }
    }

    private Errno PinNew(ulong first, ulong last, out DmaBacking? backing, out ulong offset)
        => _source.Pin(first << PageShift, (last - first + 1) << PageShift, out backing, out offset);

    private Errno Charge(ulong pages) => _source.Payer.Account?.Charge(pages << PageShift, _source.Payer.Limit) ?? Errno.None;

    private DmaBacking? FindLocked(ulong firstByte, ulong lastByte, out ulong offset, out ulong length)
    {
        length = lastByte - firstByte + 1;
        switch (_pinned)
        {
            case DmaBacking whole:
                offset = _offset + (Start & 0xfff) + firstByte;
                return whole;
            case PinnedRuns runs:
                ulong at = Start + firstByte;
                PinnedRun run = runs.Find(at >> PageShift)!;
                length = Math.Min(length, ((run.Last - (at >> PageShift) + 1) << PageShift) - (at & 0xfff));
                offset = run.Offset + (at - (run.First << PageShift));
                return run.Backing;
            default:
                offset = 0;
                return null;
        }
    }

    private void LoadLocked(IoasArea area, IommuDomain domain)
    {
        if (_pinned is DmaBufPin shared)
        {
            shared.Load(area, domain, Start);
            return;
        }

        for (ulong done = 0; done < area.Length;)
        {
            DmaBacking backing = FindLocked(area.StartByte + done, area.LastByte, out ulong offset, out ulong length)!;
            domain.Map(area.Start + done, backing, offset, length, area.Access);
            done += length;
        }
    }

    private void UnloadLocked(IoasArea area, IommuDomain domain)
    {
        if (_pinned is DmaBufPin shared)
        {
            shared.Unload(area, domain);
        }
        else
        {
            domain.Unmap(area.Start, area.Length);
        }
    }
}
