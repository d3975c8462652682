using Vfio.Uapi;

namespace Vfio;

/// <summary>What VFIO_DEVICE_GET_REGION_INFO says of one region, checked.</summary>
/// <param name="Index">Its index: 0-5 are the BARs, 6 the ROM, 7 config space, 8 VGA.</param>
/// <param name="Flags">What can be done with it.</param>
/// <param name="Size">Bytes; 0 where the device has none.</param>
/// <param name="FileOffset">Where it starts in the device's file.</param>
/// <param name="MappableAreas">What can be mapped: ascending, whole pages, inside the region. None of a region that can only be read or only be written.</param>
/// <param name="IsMsixMappable">Whether the pages of the MSI-X table are among them.</param>
/// <param name="Type">What a device-specific region is; null for others.</param>
public sealed record RegionInfo(
    int Index,
    RegionFlags Flags,
    ulong Size,
    ulong FileOffset,
    IReadOnlyList<RegionArea> MappableAreas,
    bool IsMsixMappable,
    RegionType? Type)
{
    /// <summary>Asks for one region.</summary>
    /// <exception cref="VfioException">EINVAL: the device has no region of that index.</exception>
    internal static RegionInfo Ask(VfioFileHandle device, int index)
    {
        VfioRegionInfo head = new() { Index = (uint)index };
        byte[] answer = CapabilityChain.Ask(
            device,
            VfioUapi.VFIO_DEVICE_GET_REGION_INFO,
            nameof(VfioUapi.VFIO_DEVICE_GET_REGION_INFO),
            StructBytes.AsBytes(ref head));
        return Parse(answer);
    }

    /// <summary>Reads an answer. Offsets and sizes in it are checked: what would lead out of the region is left out.</summary>
    internal static RegionInfo Parse(byte[] answer)
    {
        _ = StructBytes.TryRead(answer, out VfioRegionInfo info);
        RegionFlags flags = (RegionFlags)info.Flags;
        List<RegionArea>? sparse = null;
        bool isMsixMappable = false;
        RegionType? type = null;
        if (flags.HasFlag(RegionFlags.Capabilities))
        {
            foreach (Capability capability in CapabilityChain.Walk(answer, info.CapOffset))
            {
                ReadOnlySpan<byte> bytes = answer.AsSpan(capability.Offset);
                if (capability.Id == VfioUapi.VFIO_REGION_INFO_CAP_SPARSE_MMAP && StructBytes.TryRead(bytes, out VfioRegionInfoCapSparseMmap cap))
                {
                    sparse ??= [];
                    ReadAreas(bytes[StructBytes.SizeOf<VfioRegionInfoCapSparseMmap>()..], cap.NrAreas, info.Size, sparse);
                }
                else if (capability.Id == VfioUapi.VFIO_REGION_INFO_CAP_MSIX_MAPPABLE)
                {
                    isMsixMappable = true;
                }
                else if (capability.Id == VfioUapi.VFIO_REGION_INFO_CAP_TYPE && StructBytes.TryRead(bytes, out VfioRegionInfoCapType region))
                {
                    type = new RegionType(region.Type, region.Subtype);
                }
            }
        }

        // A store through a mapping without PROT_WRITE is SIGSEGV, which .NET cannot catch; pwrite answers with an errno.
        IReadOnlyList<RegionArea> areas = [];
        if (flags.HasFlag(RegionFlags.Mmap | RegionFlags.Read | RegionFlags.Write))
        {
            areas = sparse is not null ? sparse : info.Size == 0 ? [] : [new RegionArea(0, info.Size)];
        }

        return new RegionInfo((int)info.Index, flags, info.Size, info.Offset, areas, isMsixMappable, type);
    }

    private static void ReadAreas(ReadOnlySpan<byte> entries, uint count, ulong size, List<RegionArea> areas)
    {
        ulong pageMask = (ulong)Environment.SystemPageSize - 1;
        int entry = StructBytes.SizeOf<VfioRegionSparseMmapArea>();
        ulong end = 0;
        for (uint i = 0; i < count && StructBytes.TryRead(entries, out VfioRegionSparseMmapArea area); i++, entries = entries[entry..])
        {
            bool inside = area.Size != 0 && area.Offset <= size && area.Size <= size - area.Offset;
            if (inside && (area.Offset & pageMask) == 0 && area.Offset >= end)
            {
                areas.Add(new RegionArea(area.Offset, area.Size));
                end = area.Offset + area.Size;
            }
        }
    }
}
