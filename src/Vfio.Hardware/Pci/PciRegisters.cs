namespace Vfio.Hardware.Pci;

/// <summary>The registers of configuration space that this project touches, under the names of the kernel's pci_regs.h without their prefix.</summary>
public static class PciRegisters
{
    /// <summary>PCI_VENDOR_ID.</summary>
    public const int VendorId = 0x00;
    /// <summary>PCI_DEVICE_ID.</summary>
    public const int DeviceId = 0x02;
    /// <summary>PCI_COMMAND.</summary>
    public const int Command = 0x04;
    /// <summary>PCI_STATUS.</summary>
    public const int Status = 0x06;
    /// <summary>PCI_REVISION_ID; the class code's three bytes follow it.</summary>
    public const int RevisionId = 0x08;
    /// <summary>PCI_CACHE_LINE_SIZE.</summary>
    public const int CacheLineSize = 0x0c;
    /// <summary>PCI_LATENCY_TIMER.</summary>
    public const int LatencyTimer = 0x0d;
    /// <summary>PCI_HEADER_TYPE.</summary>
    public const int HeaderType = 0x0e;
    /// <summary>PCI_BIST.</summary>
    public const int Bist = 0x0f;
    /// <summary>PCI_BASE_ADDRESS_0; six of four bytes.</summary>
    public const int BaseAddress0 = 0x10;
    /// <summary>PCI_SECONDARY_BUS, of a bridge.</summary>
    public const int SecondaryBus = 0x19;
    /// <summary>PCI_SUBSYSTEM_VENDOR_ID.</summary>
    public const int SubsystemVendorId = 0x2c;
    /// <summary>PCI_SUBSYSTEM_ID.</summary>
    public const int SubsystemId = 0x2e;
    /// <summary>PCI_ROM_ADDRESS.</summary>
    public const int RomAddress = 0x30;
    /// <summary>PCI_CAPABILITY_LIST.</summary>
    public const int CapabilityList = 0x34;
    /// <summary>PCI_INTERRUPT_LINE.</summary>
    public const int InterruptLine = 0x3c;
    /// <summary>PCI_INTERRUPT_PIN.</summary>
    public const int InterruptPin = 0x3d;
    /// <summary>PCI_STD_HEADER_SIZEOF: capabilities start here.</summary>
    public const int HeaderSize = 0x40;

    /// <summary>PCI_COMMAND_IO.</summary>
    public const ushort CommandIo = 1;
    /// <summary>PCI_COMMAND_MEMORY.</summary>
    public const ushort CommandMemory = 2;
    /// <summary>PCI_COMMAND_MASTER.</summary>
    public const ushort CommandMaster = 4;
    /// <summary>PCI_COMMAND_SERR.</summary>
    public const ushort CommandSerr = 0x100;
    /// <summary>PCI_COMMAND_INTX_DISABLE.</summary>
    public const ushort CommandIntxDisable = 0x400;

    /// <summary>PCI_STATUS_INTERRUPT: the function asserts INTx.</summary>
    public const ushort StatusInterrupt = 8;
    /// <summary>PCI_STATUS_CAP_LIST.</summary>
    public const ushort StatusCapabilityList = 0x10;

    /// <summary>PCI_CAP_ID_PM.</summary>
    public const byte CapabilityPowerManagement = 0x01;
    /// <summary>PCI_CAP_ID_VPD.</summary>
    public const byte CapabilityVpd = 0x03;
    /// <summary>PCI_CAP_ID_MSI.</summary>
    public const byte CapabilityMsi = 0x05;
    /// <summary>PCI_CAP_ID_PCIX.</summary>
    public const byte CapabilityPcix = 0x07;
    /// <summary>PCI_CAP_ID_VNDR.</summary>
    public const byte CapabilityVendor = 0x09;
    /// <summary>PCI_CAP_ID_EXP.</summary>
    public const byte CapabilityExpress = 0x10;
    /// <summary>PCI_CAP_ID_MSIX.</summary>
    public const byte CapabilityMsix = 0x11;
    /// <summary>PCI_CAP_ID_AF.</summary>
    public const byte CapabilityAdvancedFeatures = 0x13;

    /// <summary>PCI_MSI_FLAGS, within the capability.</summary>
    public const int MsiFlags = 2;
    /// <summary>PCI_MSI_FLAGS_ENABLE.</summary>
    public const ushort MsiFlagsEnable = 1;
    /// <summary>PCI_MSI_FLAGS_QMASK: log2 of the vectors the function can send.</summary>
    public const ushort MsiFlagsQmask = 0x0e;
    /// <summary>PCI_MSI_FLAGS_QSIZE: log2 of the vectors it may send.</summary>
    public const ushort MsiFlagsQsize = 0x70;
    /// <summary>PCI_MSI_FLAGS_64BIT.</summary>
    public const ushort MsiFlags64Bit = 0x80;
    /// <summary>PCI_MSI_FLAGS_MASKBIT.</summary>
    public const ushort MsiFlagsMaskBit = 0x100;

    /// <summary>PCI_MSIX_FLAGS, within the capability.</summary>
    public const int MsixFlags = 2;
    /// <summary>PCI_MSIX_TABLE: BAR and offset of the vector table.</summary>
    public const int MsixTable = 4;
    /// <summary>PCI_MSIX_PBA.</summary>
    public const int MsixPba = 8;
    /// <summary>PCI_MSIX_FLAGS_QSIZE: vectors less one.</summary>
    public const ushort MsixFlagsQsize = 0x7ff;
    /// <summary>PCI_MSIX_FLAGS_MASKALL.</summary>
    public const ushort MsixFlagsMaskAll = 0x4000;
    /// <summary>PCI_MSIX_FLAGS_ENABLE.</summary>
    public const ushort MsixFlagsEnable = 0x8000;

    /// <summary>PCI_PM_CTRL, within the capability.</summary>
    public const int PowerControl = 4;
    /// <summary>PCI_PM_CTRL_STATE_MASK.</summary>
    public const ushort PowerControlStateMask = 3;
    /// <summary>PCI_PM_CTRL_NO_SOFT_RESET.</summary>
    public const ushort PowerControlNoSoftReset = 8;

    /// <summary>PCI_EXP_FLAGS, within the capability: version in the low four bits, port type in the next.</summary>
    public const int ExpressFlags = 2;
    /// <summary>PCI_EXP_DEVCAP.</summary>
    public const int ExpressDeviceCapabilities = 4;
    /// <summary>PCI_EXP_DEVCTL.</summary>
    public const int ExpressDeviceControl = 8;
    /// <summary>PCI_EXP_DEVCAP2.</summary>
    public const int ExpressDeviceCapabilities2 = 0x24;
    /// <summary>PCI_EXP_DEVCAP2_ATOMIC_ROUTE.</summary>
    public const uint ExpressDeviceCapabilities2AtomicRoute = 0x40;
    /// <summary>PCI_EXP_DEVCAP2_ATOMIC_COMP32; those of 64 and 128 bits are next to it.</summary>
    public const uint ExpressDeviceCapabilities2AtomicComp32 = 0x80;
    /// <summary>PCI_EXP_DEVCTL2.</summary>
    public const int ExpressDeviceControl2 = 0x28;
    /// <summary>PCI_EXP_DEVCTL2_ATOMIC_REQ.</summary>
    public const ushort ExpressDeviceControl2AtomicRequester = 0x40;
    /// <summary>PCI_EXP_DEVCTL2_ATOMIC_EGRESS_BLOCK.</summary>
    public const ushort ExpressDeviceControl2AtomicEgressBlock = 0x80;
    /// <summary>PCI_EXP_DEVCAP_FLR.</summary>
    public const uint ExpressDeviceCapabilitiesFlr = 0x10000000;
    /// <summary>PCI_EXP_DEVCTL_BCR_FLR: a function-level reset, where the function has one.</summary>
    public const ushort ExpressDeviceControlFlr = 0x8000;
}
