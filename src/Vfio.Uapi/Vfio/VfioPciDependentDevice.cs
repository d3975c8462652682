using System.Runtime.InteropServices;

namespace Vfio.Uapi;

/// <summary>struct vfio_pci_dependent_device.</summary>
[StructLayout(LayoutKind.Explicit, Size = 8)]
public struct VfioPciDependentDevice
{
    /// <summary>group_id.</summary>
    [FieldOffset(0)]
    public uint GroupId;

    /// <summary>devid.</summary>
    [FieldOffset(0)]
    public uint Devid;

    /// <summary>segment.</summary>
    [FieldOffset(4)]
    public ushort Segment;

    /// <summary>bus.</summary>
    [FieldOffset(6)]
    public byte Bus;

    /// <summary>devfn.</summary>
    [FieldOffset(7)]
    public byte Devfn;
}
