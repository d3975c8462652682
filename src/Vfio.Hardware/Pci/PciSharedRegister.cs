namespace Vfio.Hardware.Pci;

/// <summary>
/// A register that can stand in a shared page: where, and 4 or 8 bytes. One that takes commands shows zero whatever it answers a load, so that a command which says what stands there is one.
/// </summary>
public readonly record struct PciSharedRegister(ulong Offset, int Size, bool ShowsZero = false);
