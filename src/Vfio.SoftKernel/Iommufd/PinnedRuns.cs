namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// Which parts of some pages are pinned, by how many: disjoint runs in order. Needed only where parts are pinned apart: copies of a piece of a mapping, accesses.
/// Linux: domains_itree and access_itree of struct iopt_pages.
/// </summary>
/// <remarks>Under the lock of its pages.</remarks>
internal sealed class PinnedRuns
{
    private readonly SortedSet<PinnedRun> _runs = new(Comparer<PinnedRun>.Create(static (one, other) => one.First.CompareTo(other.First)));
    private readonly PinnedRun _lowest = new();
    private readonly PinnedRun _probe = new();

    /// <summary>Nothing is pinned.</summary>
    public bool IsEmpty => _runs.Count == 0;

    /// <summary>Pages pinned.</summary>
    public ulong PageCount
    {
        get
        {
            ulong pages = 0;
            foreach (PinnedRun run in _runs)
            {
                pages += run.Last - run.First + 1;
            }

            return pages;
        }
    }

    /// <summary>The run over <paramref name="page"/>; null when it is not pinned.</summary>
    public PinnedRun? Find(ulong page)
    {
        PinnedRun? run = AtOrBefore(page);
        return run is not null && run.Last >= page ? run : null;
    }

    /// <summary>The first part of [<paramref name="first"/>, <paramref name="last"/>] that nobody has pinned; false when all of it is.</summary>
    public bool NextHole(ref ulong first, ulong last, out ulong holeLast)
    {
        holeLast = last;
        while (first <= last)
        {
            if (Find(first) is { } run)
            {
                first = run.Last + 1;
                continue;
            }

            // Nothing stands over the first page, so the run at or before the last page begins after it, if it is not before the hole.
            for (PinnedRun? next = AtOrBefore(holeLast); next is not null && next.First > first; next = AtOrBefore(holeLast))
            {
                holeLast = next.First - 1;
            }

            return true;
        }

        return false;
    }

    /// <summary>Adds a run where there is none.</summary>
    public void Add(PinnedRun run) => _runs.Add(run);

    /// <summary>One user more, or one less, of every page in [<paramref name="first"/>, <paramref name="last"/>], all of them pinned. Those left by their last user go.</summary>
    /// <returns>The pages that went.</returns>
    public ulong Use(ulong first, ulong last, int change)
    {
        CutBefore(first);
        CutBefore(last + 1);
        ulong gone = 0;
        for (ulong page = first; page <= last;)
        {
            PinnedRun run = Find(page)!;
            page = run.Last + 1;
            run.Users += change;
            if (run.Users == 0)
            {
                gone += run.Last - run.First + 1;
                _runs.Remove(run);
                run.Backing.Release();
            }
        }

        Join(first);
        Join(last + 1);
        return gone;
    }

    /// <summary>Makes a run begin at <paramref name="page"/> where one goes over it.</summary>
    private void CutBefore(ulong page)
    {
        if (Find(page) is not { } run || run.First == page)
        {
            return;
        }

        run.Backing.Acquire();
        _runs.Add(new PinnedRun { First = page, Last = run.Last, Users = run.Users, Backing = run.Backing, Offset = run.Offset + ((page - run.First) << 12) });
        run.Last = page - 1;
    }

    /// <summary>Undoes a cut that has lost its reason, so that what comes and goes leaves no crumbs.</summary>
    private void Join(ulong page)
    {
        if (page == 0 || Find(page) is not { } right || right.First != page || Find(page - 1) is not { } left || left.Users != right.Users
            || left.Backing != right.Backing || left.Offset + ((page - left.First) << 12) != right.Offset)
        {
            return;
        }

        _runs.Remove(right);
        left.Last = right.Last;
        right.Backing.Release();
    }

    private PinnedRun? AtOrBefore(ulong page)
    {
        // The set is ordered by first page alone, which no method here changes of a run that is in it.
        _probe.First = page;
        return _runs.GetViewBetween(_lowest, _probe).Max;
    }
}
