using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>The chain of capabilities behind an answer. Linux: struct vfio_info_cap, drivers/vfio/vfio_main.c.</summary>
/// <param name="offset">How long the answer's own struct is: where the chain begins.</param>
internal sealed class InfoCapabilities(int offset)
{
    private const int NextOffset = 4;

    private readonly List<byte> _bytes = [];
    private int _last;

    /// <summary>There is none.</summary>
    public bool IsEmpty => _bytes.Count == 0;

    /// <summary>vfio_info_add_capability: one more at the end, its header first.</summary>
    public void Add(ReadOnlySpan<byte> capability)
    {
        int at = _bytes.Count;
        if (at != 0)
        {
            Span<byte> next = stackalloc byte[4];
            BitConverter.TryWriteBytes(next, (uint)(offset + at));
            for (int i = 0; i < next.Length; i++)
            {
                _bytes[_last + NextOffset + i] = next[i];
            }
        }

        _last = at;
        _bytes.AddRange(capability);
        while (_bytes.Count % sizeof(ulong) != 0)
        {
            _bytes.Add(0);
        }
    }

    /// <summary>Gives them to the caller where he has room for them all; where he has not, only the size that would do is told, and that is no error.</summary>
    /// <param name="argument">The caller's struct.</param>
    /// <param name="argsz">Its argsz.</param>
    /// <param name="first">Its cap_offset.</param>
    public Errno CopyOut(UserArgument argument, ref uint argsz, ref uint first)
    {
        uint needed = (uint)(offset + _bytes.Count);
        if (argsz < needed)
        {
            argsz = needed;
            first = 0;
            return Errno.None;
        }

        first = (uint)offset;
        return argument.CopyOut(offset, _bytes.ToArray());
    }
}
