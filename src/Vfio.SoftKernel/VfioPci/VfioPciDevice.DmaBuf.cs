using Vfio.Hardware.Iommus;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

internal sealed partial class VfioPciDevice
{
    // One a BAR, so that neighbours in a page table are one backing's. They hold nothing.
    private readonly BarBacking?[] _barBackings = new BarBacking?[PciModel.RomBar];

    // kmalloc's largest: more ranges than fit in it are ENOMEM before one of them is read.
    private const ulong LargestAllocation = 4 << 20;

    // vfio_pci_core_feature_dma_buf: parts of a BAR as a file; the new descriptor is the answer.
    private int ExportDmaBuf(KernelTask task, uint flags, UserArgument argument, uint length)
    {
        var get = default(VfioDeviceFeatureDmaBuf);
        int check = FeatureCall.Check(flags, length, VfioUapi.VFIO_DEVICE_FEATURE_GET, (uint)StructBytes.SizeOf<VfioDeviceFeatureDmaBuf>());
        if (check != 1)
        {
            return check;
        }

        Errno error = argument.CopyIn(FeatureCall.Data, StructBytes.AsBytes(ref get));
        if (error != Errno.None)
        {
            return -(int)error;
        }

        if (get.NrRanges == 0 || get.Flags != 0)
        {
            return -(int)Errno.EINVAL;
        }

        if (get.RegionIndex >= VfioUapi.VFIO_PCI_ROM_REGION_INDEX || Model.BarSize((int)get.RegionIndex) == 0)
        {
            return -(int)Errno.ENODEV;
        }

        error = ReadRanges(argument, get, out VfioRegionDmaRange[] ranges, out ulong size);
        if (error == Errno.None)
        {
            error = CheckInBar((int)get.RegionIndex, ranges);
        }

        if (error != Errno.None)
        {
            return -(int)error;
        }

        return Core.TryGetRegistration() ? task.Files.Install(Export((int)get.RegionIndex, ranges, size)) : -(int)Errno.ENODEV;
    }

    // memdup_array_user and validate_dmabuf_input.
    private static Errno ReadRanges(UserArgument argument, in VfioDeviceFeatureDmaBuf get, out VfioRegionDmaRange[] ranges, out ulong size)
    {
        ranges = [];
        size = 0;
        if (get.NrRanges > LargestAllocation / (uint)StructBytes.SizeOf<VfioRegionDmaRange>())
        {
            return Errno.ENOMEM;
        }

        ranges = new VfioRegionDmaRange[get.NrRanges];
        Errno error = argument.CopyIn(FeatureCall.Data + StructBytes.SizeOf<VfioDeviceFeatureDmaBuf>(), StructBytes.AsBytes(ranges.AsSpan()));
        if (error != Errno.None)
        {
            return error;
        }

        foreach (VfioRegionDmaRange range in ranges)
        {
            // The sum stays below the bit that the kernel's IOVA allocator keeps for itself.
            if (range.Length == 0 || ((range.Offset | range.Length) & (PageSize - 1)) != 0 || range.Length > long.MaxValue - size)
            {
                return Errno.EINVAL;
            }

            size += range.Length;
        }

        return Errno.None;
    }

    // pcim_p2pdma_provider, which ports have none of, and vfio_pci_core_fill_phys_vec, which works with the addresses of the bus.
    private Errno CheckInBar(int bar, VfioRegionDmaRange[] ranges)
    {
        if (Model.Bar(bar).Kind == PciBarKind.Io)
        {
            return Errno.EINVAL;
        }

        ulong start = Model.BarAddress(bar);
        foreach (VfioRegionDmaRange range in ranges)
        {
            ulong first = unchecked(start + range.Offset);
            if (first < start || unchecked(first + range.Length) < first)
            {
                return Errno.EOVERFLOW;
            }

            if (first + range.Length > start + Model.BarSize(bar))
            {
                return Errno.EINVAL;
            }
        }

        return Errno.None;
    }

    /// <inheritdoc/>
    public DmaBacking? RegistersAt(ulong offset, ulong length, out ulong start)
    {
        // vfio_pci_mmap_huge_fault: SIGBUS while memory is off.
        (uint bar, start) = Split(offset);
        if (bar >= VfioUapi.VFIO_PCI_ROM_REGION_INDEX || _config is not { MemoryEnabled: true })
        {
            return null;
        }

        BarBacking backing = _barBackings[bar] ??= new BarBacking(this, (int)bar);
        if (start > backing.Length || length > backing.Length - start)
        {
            return null;
        }

        backing.Acquire();
        return backing;
    }

    private DmaBufFile Export(int bar, VfioRegionDmaRange[] ranges, ulong size)
    {
        lock (_memoryLock)
        {
            BarBacking? memory = ranges.Length == 1 ? new BarBacking(this, bar) : null;
            var file = new DmaBufFile(Host, size, memory, ranges[0].Offset, revoked: !Config.MemoryEnabled) { Released = DmaBufReleased };
            lock (_dmaBufsLock)
            {
                _dmaBufs.Add(file);
            }

            return file;
        }
    }

    // vfio_pci_dma_buf_release: either this or the device's close gives the registration back.
    private void DmaBufReleased(DmaBufFile file)
    {
        bool ours;
        lock (_dmaBufsLock)
        {
            ours = _dmaBufs.Remove(file);
        }

        if (ours)
        {
            Core.PutRegistration();
        }
    }

    // vfio_pci_dma_buf_cleanup: what is still open stays taken back for good.
    private void DropDmaBufs()
    {
        lock (_memoryLock)
        {
            MoveDmaBufs(revoke: true);
            int dropped;
            lock (_dmaBufsLock)
            {
                dropped = _dmaBufs.Count;
                _dmaBufs.Clear();
            }

            // The file whose close this is holds a registration of its own, so none of these is the last.
            for (int i = 0; i < dropped; i++)
            {
                Core.PutRegistration();
            }
        }
    }
}
