namespace Vfio.Hardware.Iommus;

/// <summary>A place in memory, to be compared: the same page reached two ways is the same place. Linux: a physical address.</summary>
/// <param name="Memory">Which memory: a backing, or what is the same for every backing of one file.</param>
/// <param name="Offset">The byte in it.</param>
public readonly record struct MemoryPlace(object Memory, ulong Offset);
