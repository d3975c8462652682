using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>
/// A function that a hot reset would reset along, in the answer of <see cref="VfioUapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO"/>.
/// </summary>
/// <remarks>struct vfio_pci_dependent_device, 8 bytes.</remarks>
[StructLayout(LayoutKind.Explicit, Size = 8)]
public struct VfioPciDependentDevice
{
    /// <summary>Its IOMMU group, if the asking device was opened through a group. Shares its bytes with <see cref="Devid"/>.</summary>
    [FieldOffset(0)]
    public uint GroupId;

    /// <summary>
    /// Its id in the asking device's iommufd, <see cref="VfioUapi.VFIO_PCI_DEVID_OWNED"/> or
    /// <see cref="VfioUapi.VFIO_PCI_DEVID_NOT_OWNED"/>, if <see cref="VfioUapi.VFIO_PCI_HOT_RESET_FLAG_DEV_ID"/> is set. Shares its
    /// bytes with <see cref="GroupId"/>.
    /// </summary>
    [FieldOffset(0)]
    public uint Devid;

    /// <summary>PCI segment (domain).</summary>
    [FieldOffset(4)]
    public ushort Segment;

    /// <summary>PCI bus.</summary>
    [FieldOffset(6)]
    public byte Bus;

    /// <summary>PCI device in bits 7:3, function in bits 2:0.</summary>
    [FieldOffset(7)]
    public byte Devfn;
}
