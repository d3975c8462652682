using System.Globalization;

namespace Vfio.Cli.Probing;

/// <summary>PCI's and VFIO's numbers in the words of their specifications.</summary>
internal static class Names
{
    public static string Of(InterruptKind kind) => kind switch
    {
        InterruptKind.Intx => "INTx",
        InterruptKind.Msi => "MSI",
        InterruptKind.Msix => "MSI-X",
        InterruptKind.Error => "error",
        _ => "release request",
    };

    public static string OfRegion(int index) => index switch
    {
        < 6 => string.Create(CultureInfo.InvariantCulture, $"BAR {index}"),
        6 => "ROM",
        7 => "config",
        8 => "VGA",
        _ => string.Create(CultureInfo.InvariantCulture, $"region {index}"),
    };

    /// <summary>PCI_CAP_ID_* and PCI_EXT_CAP_ID_* of linux/pci_regs.h, the ones met most.</summary>
    public static string Of(PciCapability capability) => (capability.IsExtended, capability.Id) switch
    {
        (false, 0x01) => "power management",
        (false, 0x03) => "vital product data",
        (false, 0x05) => "MSI",
        (false, 0x07) => "PCI-X",
        (false, 0x09) => "vendor specific",
        (false, 0x0d) => "bridge subsystem",
        (false, 0x10) => "PCI Express",
        (false, 0x11) => "MSI-X",
        (false, 0x12) => "SATA",
        (false, 0x13) => "advanced features",
        (true, 0x01) => "advanced error reporting",
        (true, 0x02) => "virtual channel",
        (true, 0x03) => "serial number",
        (true, 0x0b) => "vendor specific",
        (true, 0x0d) => "ACS",
        (true, 0x0e) => "ARI",
        (true, 0x0f) => "ATS",
        (true, 0x10) => "SR-IOV",
        (true, 0x13) => "PRI",
        (true, 0x15) => "resizable BAR",
        (true, 0x17) => "TPH",
        (true, 0x18) => "latency tolerance",
        (true, 0x19) => "secondary PCI Express",
        (true, 0x1b) => "PASID",
        (true, 0x1e) => "L1 substates",
        (true, 0x1f) => "precise time",
        (true, 0x25) => "data link feature",
        (true, 0x26) => "16 GT/s",
        (true, 0x27) => "lane margining",
        (_, ushort id) => string.Create(CultureInfo.InvariantCulture, $"capability 0x{id:x2}"),
    };
}
