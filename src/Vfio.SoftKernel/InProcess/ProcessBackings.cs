using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>
/// This process's memory as backings that know what was unmapped since they were pinned. A pin does not say what of its backing it is for, so what is pinned after
/// an unmap through the seam gets a new one, and all that are still pinned lose the range.
/// </summary>
/// <remarks>The lock guards the backings in use; it is held while transfers under way in a range that is lost come to their end.</remarks>
/// <param name="host">The system calls of this process.</param>
internal sealed class ProcessBackings(ISystemCalls host)
{
    private const ulong Page = 4096;
    private const ulong HugePage = 2 << 20;

    private readonly Lock _lock = new();
    private readonly List<ProcessBacking> _before = [];
    private ProcessBacking? _pages;
    private ProcessBacking? _hugePages;

    /// <summary>What stands in the address space now, with a reference taken.</summary>
    public ProcessBacking Take(bool huge)
    {
        lock (_lock)
        {
            ProcessBacking taken = huge ? _hugePages ??= new ProcessBacking(this, host, HugePage) : _pages ??= new ProcessBacking(this, host, Page);
            taken.Acquire();
            return taken;
        }
    }

    /// <summary>[<paramref name="address"/>, + <paramref name="length"/>) is about to be unmapped: when this returns no device touches it through what is pinned.</summary>
    public void Lose(ulong address, ulong length)
    {
        lock (_lock)
        {
            Retire(ref _pages);
            Retire(ref _hugePages);
            _before.RemoveAll(static backing => backing.IsFree);
            foreach (ProcessBacking backing in _before)
            {
                backing.Lose(address, address + length);
            }
        }
    }

    private void Retire(ref ProcessBacking? backing)
    {
        if (backing is not null)
        {
            _before.Add(backing);
            backing.Release();
            backing = null;
        }
    }
}
