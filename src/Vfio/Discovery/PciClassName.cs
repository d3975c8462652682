namespace Vfio;

/// <summary>Names of the common PCI classes, as pci.ids has them or shorter.</summary>
internal static class PciClassName
{
    public static string Of(uint classCode) => classCode switch
    {
        0x010601 => "AHCI controller",
        0x010802 => "NVMe controller",
        0x0C0300 => "USB UHCI controller",
        0x0C0310 => "USB OHCI controller",
        0x0C0320 => "USB EHCI controller",
        0x0C0330 => "USB xHCI controller",
        0x0C0340 => "USB4 controller",
        _ => OfSubclass(classCode),
    };

    private static string OfSubclass(uint classCode) => (classCode >> 8) switch
    {
        0x0100 => "SCSI controller",
        0x0101 => "IDE controller",
        0x0104 => "RAID controller",
        0x0106 => "SATA controller",
        0x0107 => "SAS controller",
        0x0108 => "non-volatile memory controller",
        0x0200 => "Ethernet controller",
        0x0207 => "InfiniBand controller",
        0x0280 => "network controller",
        0x0300 => "VGA controller",
        0x0302 => "3D controller",
        0x0380 => "display controller",
        0x0400 => "video controller",
        0x0401 => "audio controller",
        0x0403 => "audio device",
        0x0500 => "RAM",
        0x0502 => "CXL memory",
        0x0600 => "host bridge",
        0x0601 => "ISA bridge",
        0x0604 or 0x0609 => "PCI bridge",
        0x0700 => "serial controller",
        0x0703 => "modem",
        0x0780 => "communication controller",
        0x0801 => "DMA controller",
        0x0805 => "SD host controller",
        0x0806 => "IOMMU",
        0x0880 => "system peripheral",
        0x0C03 => "USB controller",
        0x0C05 => "SMBus",
        0x0C06 => "InfiniBand controller",
        0x0D11 => "Bluetooth controller",
        0x0D80 => "wireless controller",
        0x0B40 => "co-processor",
        0x1000 => "network and computing encryption device",
        0x1080 => "encryption controller",
        0x1180 => "signal processing controller",
        0x1200 => "processing accelerator",
        _ => OfBase(classCode),
    };

    private static string OfBase(uint classCode) => (classCode >> 16) switch
    {
        0x01 => "storage controller",
        0x02 => "network controller",
        0x03 => "display controller",
        0x04 => "multimedia device",
        0x05 => "memory controller",
        0x06 => "bridge",
        0x0C => "serial bus controller",
        0x0D => "wireless controller",
        0x12 => "processing accelerator",
        0xFF => "unclassified device",
        _ => $"class 0x{classCode:x6}",
    };
}
