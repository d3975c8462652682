namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// One attachment of a group, by its identity: page requests carry it, and those that are not answered yet go with it. Linux: struct iommufd_attach_handle.
/// </summary>
/// <param name="hwpt">The page table.</param>
/// <param name="device">The device that attached the group, or moved it. Page requests of the whole group bear its id.</param>
internal sealed class AttachHandle(HwPageTable hwpt, IommufdDevice device)
{
    /// <summary>The page table.</summary>
    public HwPageTable Hwpt { get; } = hwpt;

    /// <summary>The device that stands for the group.</summary>
    public IommufdDevice Device { get; } = device;
}
