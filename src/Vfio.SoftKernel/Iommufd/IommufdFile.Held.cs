using System.Globalization;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Iommufd.Test;

namespace Vfio.SoftKernel.Iommufd;

internal sealed partial class IommufdFile
{
    /// <summary>What IOMMU_DESTROY is for: not what a device brings and takes along with it.</summary>
    public override IReadOnlyList<HeldObject> Held => [.. Objects.All<KernelObject>().Select(Describe).OfType<HeldObject>()];

    private static HeldObject? Describe(KernelObject entry)
    {
        string id = entry.Id.ToString(CultureInfo.InvariantCulture);
        return entry switch
        {
            Ioas ioas => ioas.Describe(id),
            Hwpt { IsAutomatic: true } => null,
            Hwpt => new HeldObject("HWPT", id),
            NestedHwpt => new HeldObject("nested HWPT", id),
            FaultQueue => new HeldObject("fault queue", id),
            VeventQueue => new HeldObject("vEVENTQ", id),
            Viommu => new HeldObject("vIOMMU", id),
            Vdevice => new HeldObject("vDEVICE", id),
            HwQueue => new HeldObject("hardware queue", id),
            SelftestObject => new HeldObject("mock device", id),
            _ => null,
        };
    }
}
