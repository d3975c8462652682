namespace Vfio.SoftKernel.Iommufd;

/// <summary>Page requests that are read and answered together. Linux: struct iopf_group.</summary>
/// <param name="Handle">The attachment they came through.</param>
/// <param name="Requests">The requests, the last of the group at the end.</param>
internal sealed record PageRequestGroup(AttachHandle Handle, PageRequest[] Requests);
