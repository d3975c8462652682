using System.Globalization;

namespace Vfio.Cli.Rendering;

/// <summary>What to call a function: its class, or its name where this program knows it.</summary>
internal static class DeviceName
{
    public static string Of(PciFunction function) => (function.VendorId, function.DeviceId) switch
    {
        (0x1234, 0x11e8) => "edu",
        (0x1b36, 0x0005) => "PCI test device",
        (0x1af4, 0x1057) => "virtio IOMMU",
        _ => OfClass(function),
    };

    public static string OfClass(PciFunction function) => function.ClassCode >> 16 is 0x00 or 0xff ? "unclassified" : function.ClassName;

    public static string WithIds(PciFunction function) => $"{Of(function)} {Ids(function)}";

    /// <summary>Vendor and device as vfio-pci's ids parameter takes them.</summary>
    public static string Ids(PciFunction function)
        => string.Create(CultureInfo.InvariantCulture, $"{function.VendorId:x4}:{function.DeviceId:x4}");
}
