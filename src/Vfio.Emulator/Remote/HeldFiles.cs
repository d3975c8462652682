using System.Diagnostics.CodeAnalysis;
using Vfio.Hardware.Iommus;

namespace Vfio.Emulator.Remote;

/// <summary>
/// Backings of files that one process has mapped and that may still shrink, as long as something is pinned of them: one for those that may be written, and one for
/// those that may only be read, for what a mapping's file is opened for is what the mapping may.
/// </summary>
/// <remarks>The lock is a leaf. It holds no reference: who lets the last pin go does not tell.</remarks>
internal sealed class HeldFiles
{
    private const int Few = 64;

    private readonly Lock _lock = new();
    private readonly Dictionary<((uint, uint, ulong) File, bool IsWritable), DmaBacking> _backings = [];
    private int _many = Few;

    /// <summary>How many are remembered, be they free by now.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _backings.Count;
            }
        }
    }

    /// <summary>One that is there and reaches <paramref name="end"/>, with a reference taken.</summary>
    public bool TryGet((uint, uint, ulong) file, bool isWritable, ulong end, [NotNullWhen(true)] out DmaBacking? backing)
    {
        lock (_lock)
        {
            if (_backings.TryGetValue((file, isWritable), out backing) && backing.Length >= end && backing.TryAcquire())
            {
                return true;
            }
        }

        backing = null;
        return false;
    }

    /// <summary>Remembers one.</summary>
    public void Add((uint, uint, ulong) file, bool isWritable, DmaBacking backing)
    {
        lock (_lock)
        {
            // Each anonymous mapping that is shared is a file of its own: of a program that pins one after the other most are free.
            if (_backings.Count >= _many)
            {
                foreach ((((uint, uint, ulong), bool) key, DmaBacking old) in _backings)
                {
                    if (old.TryAcquire())
                    {
                        old.Release();
                    }
                    else
                    {
                        _backings.Remove(key);
                    }
                }

                _many = Math.Max(Few, 2 * _backings.Count);
            }

            _backings[(file, isWritable)] = backing;
        }
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _backings.Clear();
        }
    }
}
