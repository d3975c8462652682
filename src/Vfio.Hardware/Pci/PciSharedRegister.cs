namespace Vfio.Hardware.Pci;

/// <summary>A register that can stand in a shared page: where, and 4 or 8 bytes.</summary>
public readonly record struct PciSharedRegister(ulong Offset, int Size);
