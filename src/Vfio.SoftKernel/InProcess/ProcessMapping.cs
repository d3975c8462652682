namespace Vfio.SoftKernel.InProcess;

/// <summary>One mapping of this process.</summary>
/// <param name="Start">First address.</param>
/// <param name="End">The address after the last.</param>
/// <param name="IsReadable">It may be read.</param>
/// <param name="IsWritable">It may be written.</param>
/// <param name="IsShared">Not copied on write.</param>
/// <param name="IsHuge">Of huge pages (MAP_HUGETLB).</param>
/// <param name="Offset">Where the first address stands in the file.</param>
/// <param name="File">Device and inode; inode 0: no file.</param>
public readonly record struct ProcessMapping(ulong Start, ulong End, bool IsReadable, bool IsWritable, bool IsShared, bool IsHuge, ulong Offset, (uint Major, uint Minor, ulong Inode) File);
