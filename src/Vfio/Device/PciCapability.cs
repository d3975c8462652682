namespace Vfio;

/// <summary>A capability in config space.</summary>
/// <param name="Id">PCI_CAP_ID_* or PCI_EXT_CAP_ID_*.</param>
/// <param name="Version">An extended capability's version; 0 for others.</param>
/// <param name="Offset">Where it starts in config space, in bytes.</param>
public readonly record struct PciCapability(ushort Id, byte Version, ushort Offset)
{
    /// <summary>Whether it is an extended one (PCI Express, from 0x100).</summary>
    public bool IsExtended => Offset >= 0x100;
}
