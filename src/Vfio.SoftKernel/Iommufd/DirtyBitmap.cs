using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// A caller's bitmap of dirty pages: bits are set in it, none is cleared, and what cannot be written is passed over in silence. Linux:
/// drivers/iommu/iommufd/iova_bitmap.c. Written a window at a time.
/// </summary>
/// <param name="memory">Whose memory.</param>
/// <param name="address">Where the bitmap is.</param>
/// <param name="iova">What its first bit stands for.</param>
/// <param name="pageShift">log2 of the bytes a bit stands for.</param>
internal sealed class DirtyBitmap(UserMemory memory, ulong address, ulong iova, int pageShift) : IDirtyPages
{
    private const ulong WindowBytes = 4096;

    private readonly byte[] _window = new byte[WindowBytes];
    private ulong _windowStart;
    private ulong _from = ulong.MaxValue;
    private ulong _to;

    /// <inheritdoc/>
    public void Add(ulong first, ulong last)
    {
        for (ulong bit = (first - iova) >> pageShift, lastBit = (last - iova) >> pageShift; bit <= lastBit;)
        {
            ulong index = bit >> 3;
            if (_from != ulong.MaxValue && index - _windowStart >= WindowBytes)
            {
                Flush();
            }

            if (_from == ulong.MaxValue)
            {
                _windowStart = index;
                _from = index;
            }

            _to = index;
            if ((bit & 7) == 0 && lastBit - bit >= 7)
            {
                _window[index - _windowStart] = 0xff;
                bit += 8;
            }
            else
            {
                _window[index - _windowStart] |= (byte)(1 << (int)(bit & 7));
                bit++;
            }
        }
    }

    /// <summary>Writes what has come together.</summary>
    public void Flush()
    {
        if (_from == ulong.MaxValue)
        {
            return;
        }

        // Only the bytes in which something was set are the caller's to lose meanwhile.
        Span<byte> ours = _window.AsSpan(0, (int)(_to - _from) + 1);
        byte[] theirs = new byte[ours.Length];
        ulong at = unchecked(address + _from);
        if (memory.CopyIn(at, theirs) == Errno.None)
        {
            for (int i = 0; i < theirs.Length; i++)
            {
                theirs[i] |= ours[i];
            }

            memory.CopyOut(at, theirs);
        }

        ours.Clear();
        _from = ulong.MaxValue;
    }
}
