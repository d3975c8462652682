namespace Vfio;

/// <summary>One line of a function's sysfs "resource" file.</summary>
/// <param name="Index">0-5 a BAR, 6 the ROM, above that bridge windows and SR-IOV BARs.</param>
/// <param name="Start">The first bus address.</param>
/// <param name="Length">In bytes; 0 where the BAR is not there.</param>
/// <param name="Flags">IORESOURCE_* of linux/ioport.h.</param>
public readonly record struct PciResource(int Index, ulong Start, ulong Length, ulong Flags)
{
    /// <summary>IORESOURCE_IO: port space, reached through the file only.</summary>
    public bool IsIo => (Flags & 0x100) != 0;

    /// <summary>IORESOURCE_MEM.</summary>
    public bool IsMemory => (Flags & 0x200) != 0;

    /// <summary>IORESOURCE_PREFETCH.</summary>
    public bool IsPrefetchable => (Flags & 0x2000) != 0;
}
