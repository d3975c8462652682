using Vfio.SoftKernel.IommuCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// A device bound to an iommufd, and the API of its driver. Linux: struct iommufd_device, include/linux/iommufd.h. The driver serialises
/// its calls for one device.
/// </summary>
internal sealed class IommufdDevice
{
    private IommufdDevice(IommufdFile context, SoftDevice device)
    {
        Context = context;
        Device = device;
    }

    /// <summary>The iommufd it is bound to; held by a file reference.</summary>
    public IommufdFile Context { get; }

    /// <summary>The device.</summary>
    public SoftDevice Device { get; }

    /// <summary>Its id in the iommufd: out_devid of VFIO_DEVICE_BIND_IOMMUFD.</summary>
    public uint Id => throw new NotImplementedException();

    /// <summary>
    /// iommufd_device_bind: claims the group's DMA for the iommufd. EINVAL not cache coherent, ENODEV no group, EPERM MSI not isolated or
    /// another owner, EBUSY a foreign domain.
    /// </summary>
    public static Errno Bind(IommufdFile context, SoftDevice device, out IommufdDevice? bound) => throw new NotImplementedException();

    /// <summary>iommufd_device_attach: to an IOAS (an automatic HWPT is found or made) or a HWPT; <paramref name="ptId"/> becomes the HWPT's id.</summary>
    public Errno Attach(ref uint ptId) => throw new NotImplementedException();

    /// <summary>iommufd_device_replace: as attach, for a device that is attached; failure leaves it where it was.</summary>
    public Errno Replace(ref uint ptId) => throw new NotImplementedException();

    /// <summary>iommufd_device_detach. The device must be attached.</summary>
    public void Detach() => throw new NotImplementedException();

    /// <summary>iommufd_device_unbind: gives up the DMA ownership, the id and the file reference. The device must be detached.</summary>
    public void Unbind() => throw new NotImplementedException();
}
