namespace Vfio.Hardware.Pci;

/// <summary>A part of a BAR: where it begins and how many bytes.</summary>
public readonly record struct PciBarArea(ulong Offset, ulong Size);
