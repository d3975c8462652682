using Vfio.SoftKernel.IommuCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>The character devices under /dev and what sysfs says of them. Linux: device_create, devtmpfs and chrdev_open.</summary>
internal sealed class DeviceNodes
{
    /// <summary>Adds a node; the directories on the way come with it. Returns what fstat says of it.</summary>
    /// <param name="path">Absolute: /dev/iommu.</param>
    /// <param name="major">Major number.</param>
    /// <param name="minor">Minor number.</param>
    /// <param name="mode">Permission bits, as 0600.</param>
    /// <param name="open">fops->open.</param>
    public FileStatus Add(string path, uint major, uint minor, ushort mode, Func<KernelTask, OpenFlags, OpenResult> open) =>
        throw new NotImplementedException();

    /// <summary>Takes a node away; open files stay open. Directories left empty go too, as in devtmpfs.</summary>
    public void Remove(string path) => throw new NotImplementedException();

    /// <summary>vfio_device_add: /dev/vfio/devices/vfio<paramref name="index"/>, the function's vfio-dev directory and its link in /sys/class/vfio-dev.</summary>
    public FileStatus AddVfioDevice(SoftDevice parent, int index, Func<KernelTask, OpenFlags, OpenResult> open) =>
        throw new NotImplementedException();

    /// <summary>vfio_device_del.</summary>
    public void RemoveVfioDevice(SoftDevice parent, int index) => throw new NotImplementedException();

    /// <summary>vfio_create_group: /dev/vfio/<paramref name="name"/> ("1", "noiommu-0") and its directory in /sys/class/vfio.</summary>
    public FileStatus AddVfioGroup(string name, int minor, Func<KernelTask, OpenFlags, OpenResult> open) =>
        throw new NotImplementedException();

    /// <summary>vfio_group_remove.</summary>
    public void RemoveVfioGroup(string name) => throw new NotImplementedException();
}
