using Vfio.Uapi;

namespace Vfio;

// What is made for a device: page tables, queues, a guest's IOMMU; and what its IOMMU can do.
public sealed partial class IommufdContext
{
    // offsetofend(struct vfio_device_bind_iommufd, out_devid): what every kernel with a device node knows.
    private const uint BindArgumentBytes = 16;

    /// <summary>
    /// Binds a device file to this iommufd (VFIO_DEVICE_BIND_IOMMUFD): what a broker does before it hands both over (<see cref="VfioDevice.FromDeviceHandle"/>). It stays
    /// bound until the file is closed everywhere.
    /// </summary>
    /// <param name="device">The open /dev/vfio/devices/vfioN; not owned.</param>
    /// <param name="vfToken">The secret of its physical function (since Linux 6.17); null for none.</param>
    /// <returns>The device's id here.</returns>
    /// <exception cref="VfioException">EPERM: its group is in use by a kernel driver or another owner. EBUSY: its group's file is open. EINVAL: bound already. EACCES: the token.</exception>
    public uint BindDevice(VfioFileHandle device, Guid? vfToken = null)
    {
        ArgumentNullException.ThrowIfNull(device);
        using HeldDescriptor held = Handle.Hold();

        // Linux 6.12 knows the struct's first 16 bytes only; without a token they are all there is to say.
        VfioDeviceBindIommufd argument = new() { Argsz = BindArgumentBytes, Iommufd = held.Fd };
        int result;
        if (vfToken is { } secret)
        {
            argument.Argsz = (uint)StructBytes.SizeOf<VfioDeviceBindIommufd>();
            argument.Flags = VfioUapi.VFIO_DEVICE_BIND_FLAG_TOKEN;
            Span<byte> uuid = stackalloc byte[16];
            _ = secret.TryWriteBytes(uuid, bigEndian: true, out _);
            result = device.Ioctl(VfioUapi.VFIO_DEVICE_BIND_IOMMUFD, ref argument, ref argument.TokenUuidPtr, (ReadOnlySpan<byte>)uuid);
        }
        else
        {
            result = device.Ioctl(VfioUapi.VFIO_DEVICE_BIND_IOMMUFD, ref argument);
        }

        device.Check(result, nameof(VfioUapi.VFIO_DEVICE_BIND_IOMMUFD));
        return argument.OutDevid;
    }

    /// <summary>
    /// A page table for one device, filled with what <paramref name="ioas"/> maps (IOMMU_HWPT_ALLOC). Attaching a device to an
    /// <see cref="Ioas"/> makes one by itself; this is for a program that wants to choose.
    /// </summary>
    /// <param name="deviceId">The device's id in this iommufd: <see cref="VfioDevice.IommufdDeviceId"/>.</param>
    /// <param name="ioas">The address space it translates.</param>
    /// <param name="options">What it must be able to do.</param>
    /// <param name="faults">Where page faults of devices on it go; null: they fail.</param>
    /// <exception cref="VfioException">EOPNOTSUPP: this IOMMU lacks an option. EADDRINUSE: something is mapped where the device may not reach.</exception>
    public Hwpt AllocateHwpt(uint deviceId, Ioas ioas, HwptOptions options = HwptOptions.None, FaultQueue? faults = null)
    {
        ArgumentNullException.ThrowIfNull(ioas);
        RequireOwn(ioas.Context, nameof(ioas));
        RequireOwn(faults?.Context, nameof(faults));
        IommuHwptAlloc argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuHwptAlloc>(),
            Flags = (uint)options | (faults is null ? 0 : IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID),
            DevId = deviceId,
            PtId = ioas.Id,
            FaultId = faults?.Id ?? 0,
        };
        Handle.Check(Handle.Ioctl(IommufdUapi.IOMMU_HWPT_ALLOC, ref argument), nameof(IommufdUapi.IOMMU_HWPT_ALLOC));
        return new Hwpt(this, argument.OutHwptId, ioas);
    }

    /// <summary>A VT-d stage-1 page table of a guest's (IOMMU_HWPT_ALLOC, VTD_S1).</summary>
    /// <param name="deviceId">The device's id in this iommufd.</param>
    /// <param name="parent">Made with <see cref="HwptOptions.NestParent"/>; translates the guest's addresses.</param>
    /// <param name="data">Where the table is, in the parent's address space, and its form.</param>
    /// <param name="faults">Where its page faults go; null: they fail.</param>
    /// <exception cref="VfioException">EINVAL: no such parent. EOPNOTSUPP: another IOMMU, or one without nesting.</exception>
    public NestedHwpt AllocateNestedHwpt(uint deviceId, Hwpt parent, in IommuHwptVtdS1 data, FaultQueue? faults = null) =>
        AllocateNestedHwpt<IommuHwptVtdS1>(deviceId, parent, IommufdUapi.IOMMU_HWPT_DATA_VTD_S1, data, faults);

    /// <summary>An AMD guest page table (IOMMU_HWPT_ALLOC, AMD_GUEST; since Linux 7.0).</summary>
    /// <param name="deviceId">The device's id in this iommufd.</param>
    /// <param name="parent">Made with <see cref="HwptOptions.NestParent"/>; translates the guest's addresses.</param>
    /// <param name="data">The guest's device table entry.</param>
    /// <param name="faults">Where its page faults go; null: they fail.</param>
    /// <exception cref="VfioException">EINVAL: no such parent. EOPNOTSUPP: another IOMMU, or one without nesting.</exception>
    public NestedHwpt AllocateNestedHwpt(uint deviceId, Hwpt parent, in IommuHwptAmdGuest data, FaultQueue? faults = null) =>
        AllocateNestedHwpt<IommuHwptAmdGuest>(deviceId, parent, IommufdUapi.IOMMU_HWPT_DATA_AMD_GUEST, data, faults);

    /// <summary>A page table of a guest's of a kind this library has no type for (IOMMU_HWPT_ALLOC). An SMMUv3's are made by <see cref="VirtualIommu"/>.</summary>
    /// <typeparam name="T">A blittable description as the kernel lays it out.</typeparam>
    /// <param name="deviceId">The device's id in this iommufd.</param>
    /// <param name="parent">Made with <see cref="HwptOptions.NestParent"/>.</param>
    /// <param name="dataType">IOMMU_HWPT_DATA_*.</param>
    /// <param name="data">The description.</param>
    /// <param name="faults">Where its page faults go; null: they fail.</param>
    /// <exception cref="VfioException">EINVAL: no such parent. EOPNOTSUPP: a kind this IOMMU does not know.</exception>
    public NestedHwpt AllocateNestedHwpt<T>(uint deviceId, Hwpt parent, uint dataType, in T data, FaultQueue? faults = null)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(parent);
        RequireOwn(parent.Context, nameof(parent));
        return new NestedHwpt(this, AllocateNested(deviceId, parent.Id, dataType, data, faults), parent);
    }

    /// <summary>A queue that I/O page faults are read from and answered on (IOMMU_FAULT_QUEUE_ALLOC; since Linux 6.11).</summary>
    public FaultQueue AllocateFaultQueue()
    {
        IommuFaultAlloc argument = new() { Size = (uint)StructBytes.SizeOf<IommuFaultAlloc>() };
        Handle.Check(Handle.Ioctl(IommufdUapi.IOMMU_FAULT_QUEUE_ALLOC, ref argument), nameof(IommufdUapi.IOMMU_FAULT_QUEUE_ALLOC));
        return new FaultQueue(this, argument.OutFaultId, new VfioFileHandle(Handle.Calls, argument.OutFaultFd, "fault queue"));
    }

    /// <summary>A slice of the IOMMU before a device, for a guest (IOMMU_VIOMMU_ALLOC; since Linux 6.13).</summary>
    /// <param name="deviceId">The device's id in this iommufd; its IOMMU is sliced.</param>
    /// <param name="parent">Made with <see cref="HwptOptions.NestParent"/>; translates the guest's addresses.</param>
    /// <param name="type">IOMMU_VIOMMU_TYPE_*.</param>
    /// <exception cref="VfioException">EOPNOTSUPP: a kind this IOMMU does not know. EINVAL: no such parent.</exception>
    public VirtualIommu AllocateVirtualIommu(uint deviceId, Hwpt parent, uint type)
    {
        byte none = 0;
        return AllocateVirtualIommu(deviceId, parent, type, ref none, 0);
    }

    /// <summary>As above, of a kind that takes or gives data of its own (since Linux 6.17).</summary>
    /// <typeparam name="T">Blittable data as the kernel lays it out: <see cref="IommuViommuTegra241Cmdqv"/>.</typeparam>
    /// <param name="deviceId">The device's id in this iommufd.</param>
    /// <param name="parent">Made with <see cref="HwptOptions.NestParent"/>.</param>
    /// <param name="type">IOMMU_VIOMMU_TYPE_*.</param>
    /// <param name="data">Read and written by the kernel.</param>
    /// <exception cref="VfioException">EOPNOTSUPP: a kind this IOMMU does not know. EINVAL: no such parent, or other data than the kind has.</exception>
    public VirtualIommu AllocateVirtualIommu<T>(uint deviceId, Hwpt parent, uint type, ref T data)
        where T : unmanaged => AllocateVirtualIommu(deviceId, parent, type, ref data, (uint)StructBytes.SizeOf<T>());

    /// <summary>What the IOMMU in front of a bound device says of itself (IOMMU_GET_HW_INFO).</summary>
    /// <param name="deviceId">The device's id in this iommufd: <see cref="VfioDevice.IommufdDeviceId"/>.</param>
    /// <param name="dataType">
    /// IOMMU_HW_INFO_TYPE_*: which of several kinds of information (since Linux 6.17); IOMMU_HW_INFO_TYPE_DEFAULT for the IOMMU's own.
    /// </param>
    /// <exception cref="VfioException">EOPNOTSUPP: the IOMMU has no information of that kind, or the kernel is older.</exception>
    public IommuHardwareInfo GetHardwareInfo(uint deviceId, uint dataType = IommufdUapi.IOMMU_HW_INFO_TYPE_DEFAULT)
    {
        const int Room = 256;
        byte[] data = new byte[Room];
        IommuHwInfo argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuHwInfo>(),
            Flags = dataType == IommufdUapi.IOMMU_HW_INFO_TYPE_DEFAULT ? 0 : IommufdUapi.IOMMU_HW_INFO_FLAG_INPUT_TYPE,
            DevId = deviceId,
            DataLen = Room,
            InDataType = dataType,
        };
        Handle.Check(
            Handle.Ioctl(IommufdUapi.IOMMU_GET_HW_INFO, ref argument, ref argument.DataUptr, (ReadOnlySpan<byte>)data),
            nameof(IommufdUapi.IOMMU_GET_HW_INFO));
        int length = (int)Math.Min(argument.DataLen, Room);
        return new IommuHardwareInfo(
            argument.OutDataType,
            argument.OutDataType == IommufdUapi.IOMMU_HW_INFO_TYPE_NONE ? [] : data[..length],
            argument.OutCapabilities,
            argument.OutMaxPasidLog2);
    }

    /// <summary>IOMMU_HWPT_ALLOC of the nested kind, below a page table or a vIOMMU; the id.</summary>
    internal uint AllocateNested<T>(uint deviceId, uint parentId, uint dataType, in T data, FaultQueue? faults)
        where T : unmanaged
    {
        RequireOwn(faults?.Context, nameof(faults));
        IommuHwptAlloc argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuHwptAlloc>(),
            Flags = faults is null ? 0 : IommufdUapi.IOMMU_HWPT_FAULT_ID_VALID,
            DevId = deviceId,
            PtId = parentId,
            DataType = dataType,
            DataLen = (uint)StructBytes.SizeOf<T>(),
            FaultId = faults?.Id ?? 0,
        };
        Handle.Check(
            Handle.Ioctl(IommufdUapi.IOMMU_HWPT_ALLOC, ref argument, ref argument.DataUptr, new ReadOnlySpan<T>(in data)),
            nameof(IommufdUapi.IOMMU_HWPT_ALLOC));
        return argument.OutHwptId;
    }

    // An id means another object in another iommufd: the kernel could not tell.
    private void RequireOwn(IommufdContext? other, string name)
    {
        if (other is not null && other != this && other.Handle != Handle)
        {
            throw new ArgumentException("It was made in another iommufd.", name);
        }
    }

    private VirtualIommu AllocateVirtualIommu<T>(uint deviceId, Hwpt parent, uint type, ref T data, uint length)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(parent);
        RequireOwn(parent.Context, nameof(parent));
        IommuViommuAlloc argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuViommuAlloc>(),
            Type = type,
            DevId = deviceId,
            HwptId = parent.Id,
            DataLen = length,
        };
        ReadOnlySpan<T> items = length == 0 ? [] : new ReadOnlySpan<T>(in data);
        Handle.Check(Handle.Ioctl(IommufdUapi.IOMMU_VIOMMU_ALLOC, ref argument, ref argument.DataUptr, items), nameof(IommufdUapi.IOMMU_VIOMMU_ALLOC));
        return new VirtualIommu(this, argument.OutViommuId, type, parent);
    }
}
