using System.Diagnostics;
using Vfio.Hardware.Iommus;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// A run of user memory that areas map parts of: pinned and paid for once, by whichever area needs a part of it first, however often it is copied.
/// Linux: struct iopt_pages.
/// </summary>
/// <remarks>Its lock is the object itself (there is one for every mapping); under it only leaf locks are taken.</remarks>
/// <param name="source">Where the pages come from.</param>
/// <param name="start">Address, or position in the file, of the first byte.</param>
/// <param name="writable">Devices may be let write.</param>
internal sealed class IoasPages(PinSource source, ulong start, bool writable)
{
    private IoasArea? _pins;
    private int _references = 1;

    /// <summary>Address, or position in the file, of the first byte.</summary>
    public ulong Start { get; } = start;

    /// <summary>Devices may be let write.</summary>
    public bool Writable { get; } = writable;

    /// <summary>kref_get.</summary>
    public void Acquire() => Interlocked.Increment(ref _references);

    /// <summary>iopt_put_pages.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            source.Release();
        }
    }

    /// <summary>
    /// Pins the area's part: EFAULT when it is not there, ENOMEM when the limit is reached; then nothing has changed. Pages that another area has pinned are
    /// the same pages, even if the process has since put something else at their address.
    /// </summary>
    public Errno Pin(IoasArea area)
    {
        lock (this)
        {
            Debug.Assert(area.Backing is null);
            for (IoasArea? pin = _pins; pin is not null; pin = pin.NextPin)
            {
                if (pin.StartByte <= area.StartByte && pin.LastByte >= area.LastByte)
                {
                    area.Backing = pin.Backing;
                    area.Backing!.Acquire();
                    area.BackingOffset = pin.BackingOffset + (area.StartByte - pin.StartByte);
                    Link(area);
                    return Errno.None;
                }
            }

            Errno error = source.Pin(Start + area.StartByte, area.Length, Writable, out DmaBacking? backing, out ulong offset);
            if (error != Errno.None)
            {
                return error;
            }

            if (source.Account is { } account)
            {
                error = account.Charge(BytesPinnedByNobodyElse(area), source.Limit);
                if (error != Errno.None)
                {
                    backing!.Release();
                    return error;
                }
            }

            area.Backing = backing;
            area.BackingOffset = offset;
            Link(area);
            return Errno.None;
        }
    }

    /// <summary>Gives the area's pin back.</summary>
    public void Unpin(IoasArea area)
    {
        lock (this)
        {
            Unlink(area);
            source.Account?.Uncharge(BytesPinnedByNobodyElse(area));
            area.Backing!.Release();
            area.Backing = null;
        }
    }

    /// <summary>An area was cut in two: its pin is now the pins of the two.</summary>
    public void SplitPin(IoasArea whole, IoasArea left, IoasArea right)
    {
        lock (this)
        {
            Unlink(whole);
            left.Backing = whole.Backing;
            left.BackingOffset = whole.BackingOffset;
            right.Backing = whole.Backing;
            right.BackingOffset = whole.BackingOffset + left.Length;
            right.Backing!.Acquire();
            whole.Backing = null;
            Link(left);
            Link(right);
        }
    }

    private void Link(IoasArea area)
    {
        Debug.Assert(Monitor.IsEntered(this));
        area.NextPin = _pins;
        _pins = area;
    }

    private void Unlink(IoasArea area)
    {
        Debug.Assert(Monitor.IsEntered(this));
        if (ReferenceEquals(_pins, area))
        {
            _pins = area.NextPin;
        }
        else
        {
            IoasArea before = _pins!;
            while (!ReferenceEquals(before.NextPin, area))
            {
                before = before.NextPin!;
            }

            before.NextPin = area.NextPin;
        }

        area.NextPin = null;
    }

    /// <summary>Whole pages of the area that no linked pin covers.</summary>
    private ulong BytesPinnedByNobodyElse(IoasArea area)
    {
        const ulong PageMask = 0xfff;
        ulong first = (Start + area.StartByte) & ~PageMask;
        ulong last = (Start + area.LastByte) | PageMask;
        if (_pins is null)
        {
            return last - first + 1;
        }

        List<(ulong First, ulong Last)> others = [];
        for (IoasArea? pin = _pins; pin is not null; pin = pin.NextPin)
        {
            others.Add(((Start + pin.StartByte) & ~PageMask, (Start + pin.LastByte) | PageMask));
        }

        others.Sort();
        ulong bytes = 0;
        foreach ((ulong otherFirst, ulong otherLast) in others)
        {
            if (first > last || otherFirst > last)
            {
                break;
            }

            if (otherLast < first)
            {
                continue;
            }

            if (otherFirst > first)
            {
                bytes += otherFirst - first;
            }

            first = otherLast + 1;
            if (first == 0)
            {
                return bytes;
            }
        }

        return first > last ? bytes : bytes + (last - first + 1);
    }
}
