namespace Vfio.SoftKernel.Tests.Doubles;

/// <summary>A run of <see cref="ArrayUserMemory"/>.</summary>
public sealed record ArrayRegion(ulong Address, ArrayBacking Backing, bool Writable)
{
    public bool Holds(ulong address, ulong length) => address >= Address && address - Address <= Backing.Length && length <= Backing.Length - (address - Address);
}
