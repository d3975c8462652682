using Vfio.Hardware.Iommus;
using Vfio.Hardware.Models;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.IommuCore;

namespace Vfio.SoftKernel.Tests.Doubles;

/// <summary>The IOMMUs of the measured machines, and devices behind them.</summary>
internal static class Units
{
    public static IommuUnit Intel(bool snoopControl = true) => new()
    {
        Name = "dmar0",
        Kind = IommuKind.IntelVtd,
        PageSizes = 0x40201000,
        ApertureLast = 0x7f_ffff_ffff,
        Cap = 0xd2008c22260206,
        Ecap = snoopControl ? 0xf00fcaUL : 0xf00f4a,
    };

    /// <summary>VT-d in scalable mode: nesting, and PASIDs of 20 bits.</summary>
    public static IommuUnit Scalable() => new()
    {
        Name = "dmar1",
        Kind = IommuKind.IntelVtd,
        PageSizes = 0x40201000,
        ApertureLast = 0xffff_ffff_ffff,
        Ecap = 0xf00fca | IommuUnit.EcapNesting | IommuUnit.EcapScalableMode | IommuUnit.EcapPasid | 19UL << 35,
    };

    public static IommuUnit Amd() => new() { Name = "ivhd0", Kind = IommuKind.AmdVi, PageSizes = 0x7f7f_ffff_f000, ApertureLast = 0xffff_ffff_ffff };

    public static IommuUnit Virtio() => new() { Name = "virtio0", Kind = IommuKind.Virtio, PageSizes = 0xffff_ffff_ffff_f000, ApertureLast = ulong.MaxValue };

    /// <summary>A function with bus mastering on, behind a unit, with what that kind of unit reserves.</summary>
    public static SoftDevice Device(IommuUnit? unit, byte function = 0)
    {
        PassiveModel model = new(new PciLocation(0, 1, 0, function), new byte[256], []);
        model.Dma.BusMaster = true;
        return new SoftDevice(model, unit) { ReservedRegions = Reserved(unit?.Kind) };
    }

    /// <summary>A function with a PASID capability of so many bits.</summary>
    public static SoftDevice PasidDevice(IommuUnit unit, byte function, byte bits)
    {
        byte[] config = new byte[4096];
        config[0x100] = 0x1b;
        config[0x102] = 1;
        config[0x105] = bits;
        PassiveModel model = new(new PciLocation(0, 1, 0, function), config, []);
        model.Dma.BusMaster = true;
        return new SoftDevice(model, unit) { ReservedRegions = Reserved(unit.Kind) };
    }

    /// <summary>A group of these devices.</summary>
    public static IommuCore.IommuGroup Group(int id, params SoftDevice[] devices)
    {
        IommuCore.IommuGroup group = new(id);
        foreach (SoftDevice device in devices)
        {
            group.Add(device);
        }

        return group;
    }

    private static IommuCore.ReservedRegion[] Reserved(IommuKind? kind) => kind switch
    {
        null => [],
        IommuKind.AmdVi =>
        [
            new(0xfee00000, 0xfeefffff, ReservedRegionKind.Msi),
            new(0xfd_0000_0000, 0xff_ffff_ffff, ReservedRegionKind.Reserved),
        ],
        _ => [new(0xfee00000, 0xfeefffff, ReservedRegionKind.Msi)],
    };
}
