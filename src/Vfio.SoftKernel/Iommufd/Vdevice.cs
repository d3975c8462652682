using System.Diagnostics;
using Vfio.SoftKernel.Core;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>A device in a vIOMMU, under the id it has there. It goes with the device at the latest. Linux: struct iommufd_vdevice.</summary>
internal sealed class Vdevice : KernelObject
{
    private readonly Viommu _viommu;

    /// <param name="viommu">Where; it becomes a user.</param>
    /// <param name="device">The device; it becomes a user until it is destroyed, which unbinding the device does.</param>
    /// <param name="virtualId">Its id there.</param>
    public Vdevice(Viommu viommu, IommufdDevice device, ulong virtualId)
    {
        Debug.Assert(device.GroupLock.IsHeldByCurrentThread);
        _viommu = viommu;
        Device = device;
        VirtualId = virtualId;
        viommu.AddUser();
        device.AddUser();
        device.Vdevice = this;
    }

    /// <summary>The device.</summary>
    public IommufdDevice Device { get; }

    /// <summary>Its id in the vIOMMU.</summary>
    public ulong VirtualId { get; }

    /// <summary>iommufd_vdevice_abort, under the group's lock.</summary>
    public void Abort()
    {
        Debug.Assert(Device.GroupLock.IsHeldByCurrentThread);
        _viommu.Remove(this);
        _viommu.RemoveUser();
        Device.Vdevice = null;
        Device.RemoveUser();
    }

    /// <summary>iommufd_vdevice_destroy.</summary>
    internal override void OnDestroyed()
    {
        lock (Device.GroupLock)
        {
            Abort();
        }
    }
}
