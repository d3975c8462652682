namespace Vfio.Emulator.Remote;

/// <summary>
/// What holds descriptors of ours for several receivers. The last to let go of it closes them: a program may be killed while it is served, and a number
/// that is closed is the next one's.
/// </summary>
internal abstract class Counted
{
    private int _users = 1;

    /// <summary>One more user; false when the last is gone already.</summary>
    public bool TryAcquire()
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
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

    /// <summary>One user less.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            Free();
        }
    }

    /// <summary>The last user is gone.</summary>
    protected abstract void Free();
}
