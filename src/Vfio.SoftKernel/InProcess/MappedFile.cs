using System.Diagnostics.CodeAnalysis;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>A memory file that the program has mapped, under a descriptor of our own. Used under the mapping table's lock.</summary>
/// <param name="host">The system calls of this process.</param>
/// <param name="descriptor">The descriptor.</param>
/// <param name="status">Which file it is.</param>
internal sealed class MappedFile(ISystemCalls host, int descriptor, FileStatus status)
{
    private int _mappings = 1;
    private MemfdBacking? _last;

    /// <summary>One mapping more.</summary>
    public void Acquire() => _mappings++;

    /// <summary>One mapping less; the last closes the descriptor.</summary>
    public void Release()
    {
        if (--_mappings == 0)
        {
            host.Close(descriptor);
        }
    }

    /// <summary>The file as a backing with a reference taken; without a system call while an earlier pin of it lives.</summary>
    public bool TryPin(MemfdBackings memfds, ulong end, bool writable, [NotNullWhen(true)] out MemfdBacking? backing)
    {
        if (_last is { } last && last.Length >= end && (!writable || last.IsWritable) && last.TryAcquire())
        {
            backing = last;
            return true;
        }

        bool found = memfds.TryGet(descriptor, status, end, writable, out backing);
        _last = backing;
        return found;
    }
}
