namespace Vfio.Hardware.Pci;

/// <summary>A base address register: what it decodes and how many bytes, a power of two; zero where there is none.</summary>
public readonly record struct PciBar(PciBarKind Kind, ulong Size, bool Prefetchable = false);
