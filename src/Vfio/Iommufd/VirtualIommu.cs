using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// A slice of a physical IOMMU for one virtual machine (IOMMU_VIOMMU_ALLOC; since Linux 6.13): knows the devices behind it by the guest's ids, takes the guest's invalidations, and
/// tells of events the guest must hear.
/// </summary>
public sealed class VirtualIommu : IommufdObject
{
    internal VirtualIommu(IommufdContext context, uint id, uint type, Hwpt parent)
        : base(context, id)
    {
        Type = type;
        Parent = parent;
    }

    /// <summary>IOMMU_VIOMMU_TYPE_*.</summary>
    public uint Type { get; }

    /// <summary>What translates the guest's addresses; not owned.</summary>
    public Hwpt Parent { get; }

    /// <summary>Tells under which id the guest knows a device (IOMMU_VDEVICE_ALLOC).</summary>
    /// <param name="deviceId">The device's id in this iommufd: <see cref="VfioDevice.IommufdDeviceId"/>; behind the same physical IOMMU.</param>
    /// <param name="virtualId">The guest's: a stream id (Arm), a device id (AMD), a requester id (Intel).</param>
    /// <exception cref="VfioException">EEXIST: the device has one, or the id is taken. EINVAL: behind another IOMMU.</exception>
    public VirtualDevice AddDevice(uint deviceId, ulong virtualId)
    {
        IommuVdeviceAlloc argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuVdeviceAlloc>(),
            ViommuId = Id,
            DevId = deviceId,
            VirtId = virtualId,
        };
        Context.Handle.Check(Context.Handle.Ioctl(IommufdUapi.IOMMU_VDEVICE_ALLOC, ref argument), nameof(IommufdUapi.IOMMU_VDEVICE_ALLOC));
        return new VirtualDevice(this, argument.OutVdeviceId, deviceId, virtualId);
    }

    /// <summary>A page table of the guest's, through this vIOMMU (IOMMU_HWPT_ALLOC): events and invalidations use the guest's ids.</summary>
    /// <param name="deviceId">The device's id in this iommufd.</param>
    /// <param name="data">The guest's stream table entry.</param>
    /// <param name="faults">Where its page faults go; null: they fail.</param>
    /// <exception cref="VfioException">EIO: bits that may not be set. EINVAL, EOPNOTSUPP: not this vIOMMU's kind.</exception>
    public NestedHwpt AllocateNestedHwpt(uint deviceId, in IommuHwptArmSmmuv3 data, FaultQueue? faults = null) =>
        AllocateNestedHwpt<IommuHwptArmSmmuv3>(deviceId, IommufdUapi.IOMMU_HWPT_DATA_ARM_SMMUV3, data, faults);

    /// <summary>A page table of the guest's of a kind this library has no type for, through this vIOMMU (IOMMU_HWPT_ALLOC).</summary>
    /// <typeparam name="T">A blittable description as the kernel lays it out.</typeparam>
    /// <param name="deviceId">The device's id in this iommufd.</param>
    /// <param name="dataType">IOMMU_HWPT_DATA_*.</param>
    /// <param name="data">The description.</param>
    /// <param name="faults">Where its page faults go; null: they fail.</param>
    /// <exception cref="VfioException">The kernel's errno.</exception>
    public NestedHwpt AllocateNestedHwpt<T>(uint deviceId, uint dataType, in T data, FaultQueue? faults = null)
        where T : unmanaged => new(Context, Context.AllocateNested(deviceId, Id, dataType, data, faults), Parent);

    /// <summary>Passes on what a guest's SMMUv3 command queue invalidates (IOMMU_HWPT_INVALIDATE, ARM_SMMUV3).</summary>
    /// <param name="commands">The commands, in order.</param>
    /// <exception cref="VfioException">The kernel's errno, with how many were carried out before it. EIO: a command that may not be passed on, or an id no device has.</exception>
    public void Invalidate(params ReadOnlySpan<IommuViommuArmSmmuv3Invalidate> commands) =>
        Invalidation.Run(Context, Id, IommufdUapi.IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3, commands);

    /// <summary>Passes on invalidations of a kind this library has no type for (IOMMU_HWPT_INVALIDATE).</summary>
    /// <typeparam name="T">A blittable request as the kernel lays it out.</typeparam>
    /// <param name="dataType">The kind's number.</param>
    /// <param name="requests">The requests, in order; none asks whether the kernel knows the kind.</param>
    /// <exception cref="VfioException">The kernel's errno, with how many were carried out before it.</exception>
    public void Invalidate<T>(uint dataType, params ReadOnlySpan<T> requests)
        where T : unmanaged => Invalidation.Run(Context, Id, dataType, requests);

    /// <summary>A queue for the events the guest must hear (IOMMU_VEVENTQ_ALLOC; since Linux 6.15); one for each kind.</summary>
    /// <param name="type">IOMMU_VEVENTQ_TYPE_*.</param>
    /// <param name="depth">How many events wait before some are lost: 1 to 2^19.</param>
    /// <param name="eventBytes">Bytes of one event of that kind; at most 4096; 0 for one this library knows (SMMUv3: 32, Tegra241: 16).</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="eventBytes"/> is out of range, or 0 for a kind this library does not know.</exception>
    /// <exception cref="VfioException">EEXIST: there is one. EOPNOTSUPP: not this vIOMMU's kind. EINVAL: the depth.</exception>
    public VirtualEventQueue AllocateEventQueue(uint type, uint depth, int eventBytes = 0)
    {
        int bytes = eventBytes != 0 ? eventBytes : VirtualEventQueue.BytesOf(type);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bytes, nameof(eventBytes));

        // Before the kernel makes the queue: nothing may fail once its descriptor is there.
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, VirtualEventQueue.MostEventBytes, nameof(eventBytes));
        IommuVeventqAlloc argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuVeventqAlloc>(),
            ViommuId = Id,
            Type = type,
            VeventqDepth = depth,
        };
        Context.Handle.Check(Context.Handle.Ioctl(IommufdUapi.IOMMU_VEVENTQ_ALLOC, ref argument), nameof(IommufdUapi.IOMMU_VEVENTQ_ALLOC));
        VfioFileHandle file = new(Context.Handle.Calls, argument.OutVeventqFd, "vEVENTQ");
        return new VirtualEventQueue(this, argument.OutVeventqId, file, type, bytes);
    }

    /// <summary>Lets the hardware work on a queue in the guest's memory by itself (IOMMU_HW_QUEUE_ALLOC; since Linux 6.17).</summary>
    /// <param name="type">IOMMU_HW_QUEUE_TYPE_*.</param>
    /// <param name="index">Which of that kind, from 0.</param>
    /// <param name="iova">Where its memory begins in the parent's address space; it cannot be unmapped while the queue lives.</param>
    /// <param name="length">Bytes of it.</param>
    /// <exception cref="VfioException">ENOENT: not mapped. EFAULT: not contiguous in physical memory. EINVAL, EOPNOTSUPP: not this vIOMMU's.</exception>
    public HardwareQueue AllocateHardwareQueue(uint type, uint index, ulong iova, ulong length)
    {
        IommuHwQueueAlloc argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuHwQueueAlloc>(),
            ViommuId = Id,
            Type = type,
            Index = index,
            NestingParentIova = iova,
            Length = length,
        };
        Context.Handle.Check(Context.Handle.Ioctl(IommufdUapi.IOMMU_HW_QUEUE_ALLOC, ref argument), nameof(IommufdUapi.IOMMU_HW_QUEUE_ALLOC));
        return new HardwareQueue(this, argument.OutHwQueueId, index);
    }

    /// <summary>
    /// Maps registers of it that a guest may be given (mmap of the iommufd; since Linux 6.17). While mapped it cannot be destroyed.
    /// </summary>
    /// <param name="offset">What the kernel gave as it was made, as is.</param>
    /// <param name="length">Likewise.</param>
    /// <exception cref="VfioException">ENXIO: not what the kernel gave.</exception>
    public MappedRegisters MapRegisters(ulong offset, ulong length) =>
        new(MemoryMapping.Map(Context.Handle, checked((nuint)length), MmapProtection.Read | MmapProtection.Write, offset));
}
