namespace Vfio.SoftKernel.Core;

/// <summary>
/// Something with an id in an <see cref="ObjectTable"/>. Linux: struct iommufd_object. Counted: one user is the table's own; objects built on it and
/// calls running on it are the others; with only the table's left it can be destroyed.
/// </summary>
internal abstract class KernelObject
{
    private int _users = 1;
    private bool _live;

    /// <summary>Its id; 0 until one is reserved.</summary>
    public uint Id { get; internal set; }

    /// <summary>Users now, the table's own included.</summary>
    public int Users => Volatile.Read(ref _users);

    /// <summary>Calls can find it.</summary>
    internal bool IsLive => Volatile.Read(ref _live);

    /// <summary>One more user; the caller is one, or holds one, already.</summary>
    public void AddUser()
    {
        if (Interlocked.Increment(ref _users) <= 1)
        {
            throw new InvalidOperationException($"{GetType().Name} {Id}: used after it was destroyed.");
        }
    }

    /// <summary>One less; never the table's own.</summary>
    public void RemoveUser()
    {
        if (Interlocked.Decrement(ref _users) < 1)
        {
            throw new InvalidOperationException($"{GetType().Name} {Id}: put once too often.");
        }
    }

    /// <summary>It has lost its id and its last user: undo what making it did.</summary>
    internal abstract void OnDestroyed();

    /// <summary>refcount_inc_not_zero.</summary>
    internal bool TryAddUser()
    {
        int users = Volatile.Read(ref _users);
        while (users != 0)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
            {
                return true;
            }

            users = seen;
        }

        return false;
    }

    /// <summary>refcount_dec_if_one: takes the table's own user, if it is the last.</summary>
    internal bool TryTakeLast() => Interlocked.CompareExchange(ref _users, 0, 1) == 1;

    /// <summary>As <see cref="TryTakeLast"/>, for who is the only other user; takes that one too. Until it succeeds nobody else can destroy the object.</summary>
    internal bool TryTakeLastAndOwn() => Interlocked.CompareExchange(ref _users, 0, 2) == 2;

    /// <summary>iommufd_object_finalize: from here on any call may find and destroy it.</summary>
    internal void BecomeLive() => Volatile.Write(ref _live, true);
}
