using System.Diagnostics;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>
/// Ids of one file's objects, whatever their type: the lowest free id from 1, reused at once. An id is reserved while its object is being built and
/// nobody can see it, then live. Linux: iommufd_ctx.objects, an xarray with XA_FLAGS_ALLOC1.
/// </summary>
/// <remarks>Looking up takes no lock. The lock is a leaf of the order; nothing is destroyed under it.</remarks>
internal sealed class ObjectTable
{
    private static readonly KernelObject s_tombstone = new Tombstone();

    private readonly Lock _lock = new();
    private KernelObject?[] _objects = new KernelObject?[16];
    private uint _lowestFree = 1;
    private int _count;

    /// <summary>No id is taken, not even reserved.</summary>
    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Gives the object an id that nobody can look up yet. Followed by <see cref="Publish"/> or <see cref="Abort"/>.</summary>
    public void Reserve(KernelObject reserved)
    {
        lock (_lock)
        {
            uint id = _lowestFree;
            while (id < _objects.Length && _objects[id] is not null)
            {
                id++;
            }

            if (id == _objects.Length)
            {
                KernelObject?[] grown = new KernelObject?[_objects.Length * 2];
                _objects.CopyTo(grown, 0);
                Volatile.Write(ref _objects, grown);
            }

            reserved.Id = id;
            Volatile.Write(ref _objects[id], reserved);
            _lowestFree = id + 1;
            _count++;
        }
    }

    /// <summary>iommufd_object_finalize: from here on any call may find and destroy it.</summary>
    public static void Publish(KernelObject reserved) => reserved.BecomeLive();

    /// <summary>iommufd_object_abort: gives the id of an object that was never published back.</summary>
    public void Abort(KernelObject reserved)
    {
        lock (_lock)
        {
            Free(reserved);
        }
    }

    /// <summary>Looks up a live object of a type; <see cref="KernelObject"/> for any.</summary>
    public Borrowed<T> Borrow<T>(uint id)
        where T : KernelObject
    {
        KernelObject?[] objects = Volatile.Read(ref _objects);
        return id < objects.Length && Volatile.Read(ref objects[id]) is T { IsLive: true } found && found.TryAddUser() ? new Borrowed<T>(found) : default;
    }

    /// <summary>IOMMU_DESTROY: ENOENT when there is none, EBUSY when it has users.</summary>
    public Errno Destroy(uint id)
    {
        KernelObject? found;
        lock (_lock)
        {
            found = id < _objects.Length ? _objects[id] : null;
            if (found is not { IsLive: true })
            {
                return Errno.ENOENT;
            }

            if (!found.TryTakeLast())
            {
                return Errno.EBUSY;
            }

            Free(found);
        }

        found.OnDestroyed();
        return Errno.None;
    }

    /// <summary>iommufd_object_put_and_try_destroy: gives a user back, and destroys the object when only the table's own is left.</summary>
    public void PutAndTryDestroy(KernelObject live)
    {
        lock (_lock)
        {
            live.RemoveUser();
            if (!live.TryTakeLast())
            {
                return;
            }

            Free(live);
        }

        live.OnDestroyed();
    }

    /// <summary>iommufd_object_destroy_user: as <see cref="PutAndTryDestroy"/>, but waits for the calls that run on it. It has no other users.</summary>
    public void PutAndDestroy(KernelObject live)
    {
        WaitAndTake(live);

        lock (_lock)
        {
            Free(live);
        }

        live.OnDestroyed();
    }

    /// <summary>iommufd_object_tombstone_user: as <see cref="PutAndDestroy"/>, but the id stays taken, with nothing to be found there, as long as the table.</summary>
    public void PutAndBury(KernelObject live)
    {
        WaitAndTake(live);

        lock (_lock)
        {
            Volatile.Write(ref _objects[live.Id], s_tombstone);
        }

        live.OnDestroyed();
    }

    /// <summary>iommufd_fops_release: destroys everything, what nothing else is built on first.</summary>
    public void DestroyAll()
    {
        bool destroyed;
        bool left;
        do
        {
            destroyed = false;
            left = false;
            for (uint id = 1; id < _objects.Length; id++)
            {
                if (_objects[id] is not null && _objects[id] != s_tombstone)
                {
                    left = true;
                    destroyed |= Destroy(id) == Errno.None;
                }
            }

            if (left && !destroyed)
            {
                throw new InvalidOperationException("The objects of an iommufd use each other in a circle.");
            }
        }
        while (left);
    }

    /// <summary>The live objects of a type as they are now, in the order of their ids.</summary>
    public List<T> All<T>()
        where T : KernelObject
    {
        lock (_lock)
        {
            return [.. _objects.OfType<T>().Where(static entry => entry.IsLive)];
        }
    }

    /// <summary>The live objects of a type in the order of their ids, each with a user more, which the caller takes back.</summary>
    public List<T> BorrowAll<T>()
        where T : KernelObject
    {
        lock (_lock)
        {
            return [.. _objects.OfType<T>().Where(static entry => entry.IsLive && entry.TryAddUser())];
        }
    }

    /// <summary>Is there a live object that <paramref name="match"/> accepts?</summary>
    public bool Any<TState>(TState state, Func<KernelObject, TState, bool> match)
    {
        lock (_lock)
        {
            foreach (KernelObject? entry in _objects)
            {
                if (entry is { IsLive: true } && match(entry, state))
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>The caller's user is kept until the calls are done: without it an IOMMU_DESTROY could come first, and there would be nothing left to take.</summary>
    private static void WaitAndTake(KernelObject live)
    {
        SpinWait spin = default;
        while (!live.TryTakeLastAndOwn())
        {
            spin.SpinOnce();
        }
    }

    /// <summary>Holds the place of an object that went with its device. Never live. Linux: XA_ZERO_ENTRY.</summary>
    private sealed class Tombstone : KernelObject
    {
        internal override void OnDestroyed()
        {
        }
    }

    private void Free(KernelObject entry)
    {
        Debug.Assert(_lock.IsHeldByCurrentThread);
        Volatile.Write(ref _objects[entry.Id], null);
        _lowestFree = Math.Min(_lowestFree, entry.Id);
        _count--;
    }
}
