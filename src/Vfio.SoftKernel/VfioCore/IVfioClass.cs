namespace Vfio.SoftKernel.VfioCore;

/// <summary>
/// What the device core shows of VFIO's objects: the nodes under /dev/vfio and their directories in sysfs (vfio-dev/vfioN, /sys/class). The
/// nodes open through <see cref="VfioCoreDevice.Open"/> and <see cref="VfioGroup.Open"/>.
/// </summary>
internal interface IVfioClass
{
    /// <summary>/dev/vfio/devices/vfio<see cref="VfioCoreDevice.Index"/>; of a no-IOMMU device the sysfs directory only (<see cref="VfioCoreDevice.HasNode"/>).</summary>
    void AddDevice(VfioCoreDevice device);

    /// <summary>Takes them away; open files stay open.</summary>
    void RemoveDevice(VfioCoreDevice device);

    /// <summary>/dev/vfio/<see cref="VfioGroup.Name"/>, with <see cref="VfioGroup.Minor"/>.</summary>
    void AddGroup(VfioGroup group);

    /// <summary>Takes it away.</summary>
    void RemoveGroup(VfioGroup group);
}
