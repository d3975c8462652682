namespace Vfio.Hardware.Pci;

/// <summary>The SR-IOV extended capability of a physical function: what virtual functions it can have. Linux: struct pci_sriov.</summary>
/// <param name="config">The function's configuration space.</param>
/// <param name="offset">Where the capability stands.</param>
public sealed class SriovCapability(ConfigSpace config, int offset)
{
    /// <summary>PCI_EXT_CAP_ID_SRIOV.</summary>
    public const ushort Id = 0x10;

    /// <summary>Bytes of it.</summary>
    public const int Length = 0x40;

    private const int Control = 0x08;
    private const int TotalVfsRegister = 0x0e;
    private const int NumVfs = 0x10;
    private const int VfOffsetRegister = 0x14;
    private const int VfStrideRegister = 0x16;
    private const int VfDeviceRegister = 0x1a;

    // VF enable and VF memory space enable.
    private const ushort Enabled = 0x09;

    /// <summary>How many there can be.</summary>
    public int TotalVfs => config.Get16(offset + TotalVfsRegister);

    /// <summary>From the physical function's routing id to the first one's.</summary>
    public int VfOffset => config.Get16(offset + VfOffsetRegister);

    /// <summary>From one's routing id to the next.</summary>
    public int VfStride => config.Get16(offset + VfStrideRegister);

    /// <summary>Their device id; the vendor is the physical function's.</summary>
    public ushort VfDevice => config.Get16(offset + VfDeviceRegister);

    /// <summary>The capability of a function; null where it has none, or none for a single virtual function.</summary>
    public static SriovCapability? Find(ConfigSpace config)
    {
        ArgumentNullException.ThrowIfNull(config);
        int at = config.FindExtendedCapability(Id);
        return at != 0 && at + Length <= config.Size && new SriovCapability(config, at) is { TotalVfs: > 0 } found ? found : null;
    }

    /// <summary>Switches <paramref name="count"/> virtual functions on, or all off.</summary>
    public void SetCount(int count)
    {
        config.Set16(offset + NumVfs, (ushort)count);
        config.Change16(offset + Control, Enabled, count == 0 ? (ushort)0 : Enabled);
    }

    /// <summary>Where virtual function <paramref name="index"/> stands; null past the last bus.</summary>
    public PciLocation? LocationOf(PciLocation physical, int index)
    {
        int id = (physical.Bus << 8) + physical.Devfn + VfOffset + (VfStride * index);
        return id > 0xffff ? null : new PciLocation(physical.Segment, (byte)(id >> 8), (byte)(id >> 3 & 31), (byte)(id & 7));
    }
}
