namespace Vfio.Hardware.Pci;

/// <summary>What a base address register decodes.</summary>
public enum PciBarKind
{
    /// <summary>Nothing: not implemented, or the upper half of a 64-bit register.</summary>
    None,
    /// <summary>Memory, 32-bit address. The expansion ROM is one too.</summary>
    Memory32,
    /// <summary>Memory, 64-bit address: this register and the next.</summary>
    Memory64,
    /// <summary>I/O ports.</summary>
    Io,
}
