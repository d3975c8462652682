namespace Vfio.SoftKernel.Iommufd;

/// <summary>What the devices of a group use for one PASID: all the same. Under the group's lock. Linux: struct iommufd_attach.</summary>
/// <param name="handle">Who attached it first.</param>
internal sealed class GroupAttachment(AttachHandle handle)
{
    /// <summary>The page table with the device that stands for the group; another one after each replace.</summary>
    public AttachHandle Handle { get; set; } = handle;

    /// <summary>Those that have attached themselves.</summary>
    public List<IommufdDevice> Devices { get; } = [];
}
