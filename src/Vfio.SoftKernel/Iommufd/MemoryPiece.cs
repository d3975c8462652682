using Vfio.Hardware.Iommus;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>Pinned memory in a row, valid as long as the pin. Linux: struct page of iommufd_access_pin_pages.</summary>
/// <param name="Memory">The memory.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Length">Bytes.</param>
internal readonly record struct MemoryPiece(DmaBacking Memory, ulong Offset, ulong Length);
