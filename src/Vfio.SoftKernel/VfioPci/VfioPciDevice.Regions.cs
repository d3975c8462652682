using Vfio.Hardware.Pci;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

// Read, write and mmap of its file: configuration space, BARs, a driver's own regions.
internal sealed partial class VfioPciDevice
{
    /// <inheritdoc/>
    public nint Read(Span<byte> buffer, ref long position)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        (uint index, ulong offset) = Split((ulong)position);
        nint done;
        switch (index)
        {
            case VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX:
                Errno error = offset < int.MaxValue ? Config.Read((int)offset, buffer) : Errno.EFAULT;
                done = error == Errno.None ? buffer.Length : -(int)error;
                break;
            case <= VfioUapi.VFIO_PCI_ROM_REGION_INDEX:
                done = ReadBar((int)index, offset, buffer);
                break;
            default:
                done = ReadDeviceRegion(index, offset, buffer);
                break;
        }

        position += Math.Max(done, 0);
        return done;
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<byte> buffer, ref long position)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        (uint index, ulong offset) = Split((ulong)position);
        nint done;
        switch (index)
        {
            case VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX:
                Errno error = offset < int.MaxValue ? WriteConfig((int)offset, buffer) : Errno.EFAULT;
                done = error == Errno.None ? buffer.Length : -(int)error;
                break;
            case < VfioUapi.VFIO_PCI_ROM_REGION_INDEX:
                done = WriteBar((int)index, offset, buffer);
                break;
            default:
                return -(int)Errno.EINVAL;
        }

        position += Math.Max(done, 0);
        return done;
    }

    /// <inheritdoc/>
    public int Mmap(ulong length, MmapProtection protection, MmapFlags flags, ulong offset)
    {
        // vfio_pci_core_mmap.
        (uint index, ulong start) = Split(offset);
        if (index >= VfioUapi.VFIO_PCI_ROM_REGION_INDEX || (flags & MmapFlags.Shared) == 0)
        {
            return -(int)Errno.EINVAL;
        }

        // All of it in one area: nvgrace_gpu_mmap refuses what reaches out of its own.
        foreach (PciBarArea area in MappableAreas((int)index))
        {
            ulong size = (area.Size + PageSize - 1) & ~(PageSize - 1);
            if (start >= area.Offset && start - area.Offset <= size && length <= size - (start - area.Offset))
            {
                _polledBars[index]?.Start();
                return 0;
            }
        }

        return -(int)Errno.EINVAL;
    }

    // A BAR may be mapped where it is plain memory, or its pages are polled: a model that must see each access withholds the flag, or the pages.
    private IReadOnlyList<PciBarArea> MappableAreas(int bar) => _device.SharedBars.Contains(bar) ? [new PciBarArea(0, Model.BarSize(bar))] : PlainMemory(bar);

    private IReadOnlyList<PciBarArea> PlainMemory(int bar)
        => Model.Bar(bar).Kind is PciBarKind.Memory32 or PciBarKind.Memory64 ? Model.PlainMemory(bar) : [];

    private bool IsPlainMemory(int bar, ulong offset)
    {
        IReadOnlyList<PciBarArea> areas = PlainMemory(bar);
        for (int i = 0; i < areas.Count; i++)
        {
            if (offset - areas[i].Offset < areas[i].Size)
            {
                return true;
            }
        }

        return false;
    }

    // What lies below the first region wraps round to an index that no region has.
    private (uint Index, ulong Offset) Split(ulong position)
        => ((uint)(unchecked(position - _regionBase) >> OffsetShift), position & ((1UL << OffsetShift) - 1));

    // What a driver shows beside a function's own regions can only be read: vfio_pci_igd_rw.
    private nint ReadDeviceRegion(uint index, ulong offset, Span<byte> buffer)
    {
        if (DeviceRegion(index) is not { } region || offset >= region.Size)
        {
            return -(int)Errno.EINVAL;
        }

        buffer = buffer[..(int)Math.Min((ulong)buffer.Length, region.Size - offset)];
        ReadOnlySpan<byte> given = region.Data.Span[(int)Math.Min(offset, (ulong)region.Data.Length)..];
        given = given[..Math.Min(given.Length, buffer.Length)];
        given.CopyTo(buffer);
        buffer[given.Length..].Clear();
        return buffer.Length;
    }

    // vfio_pci_bar_rw and vfio_pci_core_do_io_rw: naturally aligned accesses of 8, 4, 2 and 1 (ports: 4); the MSI-X table reads as ones.
    internal nint ReadBar(int bar, ulong offset, Span<byte> buffer)
    {
        Errno error = CheckAccess(bar, offset);
        if (error != Errno.None)
        {
            return -(int)error;
        }

        buffer = buffer[..(int)Math.Min((ulong)buffer.Length, Model.BarSize(bar) - offset)];
        for (int done = 0; done < buffer.Length;)
        {
            int size = Access(bar, offset + (ulong)done, buffer.Length - done, out bool table);
            Span<byte> piece = buffer.Slice(done, size);
            if (table || !Model.IsPresent)
            {
                piece.Fill(0xff);
            }
            else if (IsPlainMemory(bar, offset + (ulong)done))
            {
                piece.Clear();
                Host.Pread(HostDescriptor, piece, MemoryOffset(bar, offset + (ulong)done));
            }
            else if (_polledBars[bar] is { } polled)
            {
                polled.Read(offset + (ulong)done, piece);
            }
            else
            {
                Model.ReadBar(bar, offset + (ulong)done, piece);
            }

            done += size;
        }

        return buffer.Length;
    }

    internal nint WriteBar(int bar, ulong offset, ReadOnlySpan<byte> buffer)
    {
        Errno error = CheckAccess(bar, offset);
        if (error != Errno.None)
        {
            return -(int)error;
        }

        buffer = buffer[..(int)Math.Min((ulong)buffer.Length, Model.BarSize(bar) - offset)];
        for (int done = 0; done < buffer.Length;)
        {
            int size = Access(bar, offset + (ulong)done, buffer.Length - done, out bool table);
            ReadOnlySpan<byte> piece = buffer.Slice(done, size);
            if (!Model.IsPresent)
            {
                done += size;
                continue;
            }

            if (!table && IsPlainMemory(bar, offset + (ulong)done))
            {
                Host.Pwrite(HostDescriptor, piece, MemoryOffset(bar, offset + (ulong)done));
            }
            else if (!table && _polledBars[bar] is { } polled)
            {
                polled.Write(offset + (ulong)done, piece);
            }
            else if (!table)
            {
                Model.WriteBar(bar, offset + (ulong)done, piece);
            }

            done += size;
        }

        return buffer.Length;
    }

    private Errno CheckAccess(int bar, ulong offset)
    {
        if (offset >= Model.BarSize(bar))
        {
            return Errno.EINVAL;
        }

        // An ioeventfd's store may still be on its way while the last file is closed, and find no configuration any more.
        return Model.Bar(bar).Kind == PciBarKind.Io || AnswersMemory ? Errno.None : Errno.EIO;
    }

    private int Access(int bar, ulong offset, int left, out bool table)
    {
        table = bar == _msixBar && offset >= _msixStart && offset < _msixEnd;
        if (table)
        {
            return (int)Math.Min((ulong)left, _msixEnd - offset);
        }

        if (bar == _msixBar && offset < _msixStart)
        {
            left = (int)Math.Min((ulong)left, _msixStart - offset);
        }

        if (left >= 8 && (offset & 7) == 0 && Model.Bar(bar).Kind != PciBarKind.Io)
        {
            return 8;
        }

        return left >= 4 && (offset & 3) == 0 ? 4 : left >= 2 && (offset & 1) == 0 ? 2 : 1;
    }

    private long MemoryOffset(int bar, ulong offset) => (long)_regionBase + ((long)bar << OffsetShift) + (long)offset;

    private void FindMsixTable()
    {
        _msixBar = -1;
        if (Model.Config.FindCapability(PciRegisters.CapabilityMsix) is not (int at and not 0))
        {
            return;
        }

        uint table = Model.Config.Get32(at + PciRegisters.MsixTable);
        _msixBar = (int)(table & 7);
        _msixStart = table & ~7u;
        _msixEnd = _msixStart + (((Model.Config.Get16(at + PciRegisters.MsixFlags) & (ulong)PciRegisters.MsixFlagsQsize) + 1) * 16);
    }
}
