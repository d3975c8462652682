using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Type1;

internal sealed partial class Type1Container
{
    // DIRTY_BITMAP_SIZE_MAX: a bit a page for INT_MAX pages.
    private const ulong LargestBitmap = 0x10000000;

    // vfio_iommu_type1_get_info: migration, mappings left, I/O addresses, in that order. What does not fit is told by argsz alone.
    private Errno GetInfo(UserArgument argument)
    {
        var info = default(VfioIommuType1Info);
        Span<byte> bytes = StructBytes.AsBytes(ref info);
        const int Smallest = 16;
        if (argument.CopyIn(0, bytes[..Smallest]) is not Errno.None and Errno fault)
        {
            return fault;
        }

        if (info.Argsz < Smallest)
        {
            return Errno.EINVAL;
        }

        int given = (int)Math.Min(info.Argsz, (uint)bytes.Length);
        byte[] capabilities;
        lock (_lock)
        {
            info.IovaPgsizes = _pageSizes;
            capabilities = BuildCapabilities(bytes.Length);
        }

        info.Flags = VfioUapi.VFIO_IOMMU_INFO_PGSIZES | VfioUapi.VFIO_IOMMU_INFO_CAPS;
        info.CapOffset = 0;
        if (info.Argsz < bytes.Length + capabilities.Length)
        {
            info.Argsz = (uint)(bytes.Length + capabilities.Length);
        }
        else
        {
            fault = argument.CopyOut(bytes.Length, capabilities);
            if (fault != Errno.None)
            {
                return fault;
            }

            info.CapOffset = (uint)bytes.Length;
        }

        return argument.CopyOut(0, bytes[..given]);
    }

    private byte[] BuildCapabilities(int at)
    {
        var migration = new VfioIommuType1InfoCapMigration { PgsizeBitmap = SmallestPage, MaxDirtyBitmapSize = LargestBitmap };
        var available = new VfioIommuType1InfoDmaAvail { Avail = _available };
        var ranges = new VfioIommuType1InfoCapIovaRange { NrIovas = (uint)_ranges.Count };
        int migrationSize = StructBytes.SizeOf<VfioIommuType1InfoCapMigration>();
        int availableSize = Align(StructBytes.SizeOf<VfioIommuType1InfoDmaAvail>());
        int rangesSize = StructBytes.SizeOf<VfioIommuType1InfoCapIovaRange>();
        bool withRanges = _ranges.Count != 0;
        migration.Header = Header(VfioUapi.VFIO_IOMMU_TYPE1_INFO_CAP_MIGRATION, at + migrationSize);
        available.Header = Header(VfioUapi.VFIO_IOMMU_TYPE1_INFO_DMA_AVAIL, withRanges ? at + migrationSize + availableSize : 0);
        ranges.Header = Header(VfioUapi.VFIO_IOMMU_TYPE1_INFO_CAP_IOVA_RANGE, 0);
        byte[] all = new byte[migrationSize + availableSize + (withRanges ? rangesSize + (_ranges.Count * StructBytes.SizeOf<VfioIovaRange>()) : 0)];
        StructBytes.TryWrite(all, migration);
        StructBytes.TryWrite(all.AsSpan(migrationSize), available);
        if (withRanges)
        {
            Span<byte> rest = all.AsSpan(migrationSize + availableSize);
            StructBytes.TryWrite(rest, ranges);
            for (int i = 0; i < _ranges.Count; i++)
            {
                StructBytes.TryWrite(rest[(rangesSize + (i * StructBytes.SizeOf<VfioIovaRange>()))..],
                    new VfioIovaRange { Start = _ranges[i].First, End = _ranges[i].Last });
            }
        }

        return all;
    }

    // vfio_info_cap_add keeps every capability on eight bytes.
    private static int Align(int size) => (size + 7) & ~7;

    private static VfioInfoCapHeader Header(uint id, int next) => new() { Id = (ushort)id, Version = 1, Next = (uint)next };
}
