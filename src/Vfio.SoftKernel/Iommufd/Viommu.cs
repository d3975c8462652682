using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.IommuDrivers;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>A slice of an IOMMU lent to a virtual machine. Linux: struct iommufd_viommu, drivers/iommu/iommufd/viommu.c.</summary>
/// <remarks>Its lock is a leaf but for the queues': veventqs_rwsem and the lock of vdevs in one.</remarks>
internal sealed class Viommu : KernelObject
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ulong, Vdevice> _vdevices = [];
    private readonly List<VeventQueue> _queues = [];
    private ViommuDriver? _driver;

    /// <param name="context">The iommufd it is in.</param>
    /// <param name="parent">The second stage, of which it is a user.</param>
    /// <param name="unit">The IOMMU.</param>
    public Viommu(IommufdFile context, Hwpt parent, IommuUnit unit)
    {
        Context = context;
        Parent = parent;
        Unit = unit;
        parent.AddUser();
    }

    /// <summary>The iommufd it is in.</summary>
    public IommufdFile Context { get; }

    /// <summary>The second stage below everything in it.</summary>
    public Hwpt Parent { get; }

    /// <summary>The IOMMU.</summary>
    public IommuUnit Unit { get; }

    /// <summary>The driver's half; there before it is published.</summary>
    public ViommuDriver Driver
    {
        get => _driver!;
        set => _driver = value;
    }

    /// <summary>xa_insert into vdevs: EEXIST when the virtual id is taken.</summary>
    public Errno Add(Vdevice vdevice)
    {
        lock (_lock)
        {
            return _vdevices.TryAdd(vdevice.VirtualId, vdevice) ? Errno.None : Errno.EEXIST;
        }
    }

    /// <summary>Takes a vDEVICE out, if it is in.</summary>
    public void Remove(Vdevice vdevice)
    {
        lock (_lock)
        {
            if (_vdevices.GetValueOrDefault(vdevice.VirtualId) == vdevice)
            {
                _vdevices.Remove(vdevice.VirtualId);
            }
        }
    }

    /// <summary>iommufd_viommu_find_dev: the device behind a virtual id; null when there is none.</summary>
    public SoftDevice? FindDevice(ulong virtualId)
    {
        lock (_lock)
        {
            return _vdevices.GetValueOrDefault(virtualId)?.Device.Device;
        }
    }

    /// <summary>iommufd_viommu_get_vdev_id: ENOENT when the device has no vDEVICE here.</summary>
    public Errno FindVirtualId(SoftDevice device, out ulong virtualId)
    {
        lock (_lock)
        {
            foreach (Vdevice vdevice in _vdevices.Values)
            {
                if (vdevice.Device.Device == device)
                {
                    virtualId = vdevice.VirtualId;
                    return Errno.None;
                }
            }
        }

        virtualId = 0;
        return Errno.ENOENT;
    }

    /// <summary>Adds an event queue: EEXIST when there is one of its type.</summary>
    public Errno Add(VeventQueue queue)
    {
        lock (_lock)
        {
            if (_queues.Exists(other => other.Type == queue.Type))
            {
                return Errno.EEXIST;
            }

            _queues.Add(queue);
            return Errno.None;
        }
    }

    /// <summary>Takes an event queue out.</summary>
    public void Remove(VeventQueue queue)
    {
        lock (_lock)
        {
            _queues.Remove(queue);
        }
    }

    /// <summary>iommufd_viommu_report_event: EOPNOTSUPP when there is no queue for the type.</summary>
    public Errno ReportEvent(uint type, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if (_queues.Find(queue => queue.Type == type) is not { } queue)
            {
                return Errno.EOPNOTSUPP;
            }

            queue.Deliver(data);
            return Errno.None;
        }
    }

    /// <summary>iommufd_viommu_destroy.</summary>
    internal override void OnDestroyed()
    {
        _driver?.Destroy();
        Parent.RemoveUser();
    }
}
