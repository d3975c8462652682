namespace Vfio.SoftKernel.Topology;

// What VFIO shows of a function beside its plain BARs.
internal sealed partial class TopologyCheck
{
    private void Mappable(string at, FunctionTopology function)
    {
        for (int i = 0; i < function.Bars.Count; i++)
        {
            BarTopology bar = function.Bars[i];
            if (bar.Shared && (function.Model is not ("edu" or "nvme") || bar.Index != 0))
            {
                Fail($"{at}.bars[{i}].shared", "only BAR 0 of an edu or an nvme has registers that can be polled");
            }

            if (bar.Mappable is null)
            {
                continue;
            }

            string place = $"{at}.bars[{i}].mappable";
            if (function.Model != "passive" || bar.Index > 5 || (bar.Flags & FunctionBars.Memory) == 0)
            {
                Fail(place, "only of a memory BAR (0 to 5) of a passive function parts can be memory");
            }

            Count(place, bar.Mappable.Count, MostFiles);
            ulong end = 0;
            foreach (BarAreaTopology area in bar.Mappable)
            {
                NotNull(place, area);
                if (area.Size == 0 || ((area.Offset | area.Size) & 4095) != 0 || area.Offset < end || area.Size > bar.Size || area.Offset > bar.Size - area.Size)
                {
                    Fail(place, $"0x{area.Offset:x}, 0x{area.Size:x}: parts are whole pages of 4096 bytes inside the BAR, in ascending order");
                }

                end = area.Offset + area.Size;
            }
        }
    }

    private void DeviceRegions(string at, FunctionTopology function)
    {
        Count($"{at}.deviceRegions", function.DeviceRegions.Count, MostDeviceRegions);
        for (int i = 0; i < function.DeviceRegions.Count; i++)
        {
            DeviceRegionTopology region = function.DeviceRegions[i];
            NotNull($"{at}.deviceRegions[{i}]", region);
            if (region.Type > uint.MaxValue || region.Subtype > uint.MaxValue)
            {
                Fail($"{at}.deviceRegions[{i}].type", "type and subtype have 32 bits");
            }

            if (region.Size is 0 or > LargestDeviceRegion || (ulong)region.Data.Length > region.Size)
            {
                Fail($"{at}.deviceRegions[{i}].size", $"0x{region.Size:x}: 1 byte to 16 MiB are allowed, and what data has must fit");
            }
        }
    }
}
