using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Doubles;

/// <summary>A process's memory that is a few arrays at chosen addresses: any other address is EFAULT.</summary>
public sealed class ArrayUserMemory : UserMemory
{
    private ArrayRegion[] _regions = [];

    /// <summary>How often something was pinned.</summary>
    public int PinCalls { get; private set; }

    /// <summary>mmap at a fixed address.</summary>
    public ArrayRegion Add(ulong address, int length, bool writable = true, bool direct = true)
    {
        ArrayRegion region = new(address, new ArrayBacking(length, direct), writable);
        _regions = [.. _regions, region];
        return region;
    }

    /// <summary>munmap: pins outlive it.</summary>
    public void Remove(ArrayRegion region)
    {
        _regions = [.. _regions.Where(entry => entry != region)];
        region.Backing.Release();
    }

    public override Errno CopyIn(ulong address, Span<byte> destination)
    {
        if (Find(address, (ulong)destination.Length) is not { } region)
        {
            return Errno.EFAULT;
        }

        region.Backing.Bytes.AsSpan((int)(address - region.Address), destination.Length).CopyTo(destination);
        return Errno.None;
    }

    public override Errno CopyOut(ulong address, ReadOnlySpan<byte> source)
    {
        if (Find(address, (ulong)source.Length) is not { Writable: true } region)
        {
            return Errno.EFAULT;
        }

        source.CopyTo(region.Backing.Bytes.AsSpan((int)(address - region.Address)));
        return Errno.None;
    }

    public override Errno Pin(ulong address, ulong length, bool writable, out DmaBacking? backing, out ulong offset)
    {
        PinCalls++;
        backing = null;
        offset = 0;
        if (Find(address, length) is not { } region || (writable && !region.Writable))
        {
            return Errno.EFAULT;
        }

        region.Backing.Acquire();
        backing = region.Backing;
        offset = address - region.Address;
        return Errno.None;
    }

    private ArrayRegion? Find(ulong address, ulong length)
    {
        foreach (ArrayRegion region in _regions)
        {
            if (region.Holds(address, length))
            {
                return region;
            }
        }

        return null;
    }
}
