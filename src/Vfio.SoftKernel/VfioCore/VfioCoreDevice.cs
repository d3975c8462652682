using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>A device that VFIO has. Linux: struct vfio_device, drivers/vfio/vfio_main.c and device_cdev.c.</summary>
internal sealed class VfioCoreDevice
{
    internal VfioCoreDevice(VfioModule module, SoftDevice device, IVfioDeviceDriver driver)
    {
        Module = module;
        Device = device;
        Driver = driver;
    }

    /// <summary>VFIO.</summary>
    public VfioModule Module { get; }

    /// <summary>The device.</summary>
    public SoftDevice Device { get; }

    /// <summary>Its driver.</summary>
    public IVfioDeviceDriver Driver { get; }

    /// <summary>The N of vfioN: the lowest that was free.</summary>
    public int Index { get; internal set; }

    /// <summary>It has /dev/vfio/devices/vfioN: every device but a no-IOMMU one.</summary>
    public bool HasNode => Device.HasIommu;

    /// <summary>vfio_device_fops_cdev_open: ENODEV once the device is being unbound.</summary>
    /// <param name="status">What fstat says of the node.</param>
    public OpenResult Open(FileStatus status) => throw new NotImplementedException();
}
