using Vfio.Uapi;

namespace Vfio;

// What translates the function's DMA, where it was opened by its node; a container decides for itself.
public sealed partial class VfioDevice
{
    // offsetofend(struct vfio_device_attach_iommufd_pt, pt_id) and (struct vfio_device_detach_iommufd_pt, flags): what every kernel with a device node knows.
    private const uint AttachArgumentBytes = 12;
    private const uint DetachArgumentBytes = 8;

    /// <summary>
    /// Moves the device from the page table it is on to another of its address space (VFIO_DEVICE_ATTACH_IOMMUFD_PT), and asks for <see cref="Coherency"/> again. What is mapped
    /// stays mapped. Keep the page table until the device is disposed: destroying it under the device is EBUSY.
    /// </summary>
    /// <param name="pageTable">
    /// Made for this device by <see cref="IommufdContext.AllocateHwpt"/> of <see cref="Ioas"/>, or nested in one of those.
    /// </param>
    /// <exception cref="InvalidOperationException">It was opened by group: the container chooses its page table.</exception>
    /// <exception cref="ArgumentException">A page table of another address space: the device would not reach what is mapped for it.</exception>
    /// <exception cref="VfioException">EINVAL: the page table does not suit this device.</exception>
    public void Attach(PageTable pageTable)
    {
        ArgumentNullException.ThrowIfNull(pageTable);
        Ioas space = RequireIoas();
        if (pageTable.Context != Iommufd || pageTable.Ioas.Id != space.Id)
        {
            throw new ArgumentException($"The page table translates another address space than that of {Address}.", nameof(pageTable));
        }

        Attach(Handle, pageTable.Id);
        ConfirmCoherency();
    }

    /// <summary>
    /// Moves the device to another address space of its iommufd (VFIO_DEVICE_ATTACH_IOMMUFD_PT), and asks for <see cref="Coherency"/> again. From then on it reaches what is mapped
    /// there and nothing else, and memory is mapped for it there; what was mapped before stays where it is. A failure leaves it where it was.
    /// </summary>
    /// <param name="ioas">The address space; not owned by the device. Keep it until the device is disposed or moved on.</param>
    /// <exception cref="InvalidOperationException">It was opened by group.</exception>
    /// <exception cref="ArgumentException">An address space of another iommufd.</exception>
    /// <exception cref="VfioException">EADDRINUSE: something is mapped where this device may not reach. EINVAL: another function of its group stays behind.</exception>
    public void Attach(Ioas ioas)
    {
        ArgumentNullException.ThrowIfNull(ioas);
        RequireIoas();
        if (ioas.Context != Iommufd)
        {
            throw new ArgumentException($"The address space is in another iommufd than that {Address} is bound to.", nameof(ioas));
        }

        Attach(Handle, ioas.Id);
        lock (_lock)
        {
            Ioas = ioas;
            _mapper = ioas;
        }

        ConfirmCoherency();
    }

    /// <summary>
    /// Cuts the device off from memory (VFIO_DEVICE_DETACH_IOMMUFD_PT): its DMA is blocked until it is attached again. It stays bound, and what is mapped stays mapped. Not attached
    /// is no error.
    /// </summary>
    /// <exception cref="InvalidOperationException">It was opened by group.</exception>
    public void Detach()
    {
        RequireIoas();
        VfioDeviceDetachIommufdPt argument = new() { Argsz = DetachArgumentBytes };
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_DEVICE_DETACH_IOMMUFD_PT, ref argument), nameof(VfioUapi.VFIO_DEVICE_DETACH_IOMMUFD_PT));
    }

    /// <summary>
    /// Lets DMA that the device tags with a PASID go through a page table of its own, beside the plain one (VFIO_DEVICE_ATTACH_IOMMUFD_PT, PASID; since Linux 6.15). A second time moves it.
    /// </summary>
    /// <param name="pasid">From 1 to what the device has (<see cref="IommuHardwareInfo.MaxPasidLog2"/>).</param>
    /// <param name="pageTable">Made with <see cref="HwptOptions.Pasid"/>, as must be the one the device is attached to.</param>
    /// <exception cref="InvalidOperationException">It was opened by group.</exception>
    /// <exception cref="ArgumentException">A page table of another iommufd.</exception>
    /// <exception cref="VfioException">EINVAL: no such PASID, or a page table without that option. EOPNOTSUPP: the driver has no PASIDs.</exception>
    public void AttachPasid(uint pasid, PageTable pageTable)
    {
        ArgumentNullException.ThrowIfNull(pageTable);
        RequireIoas();
        if (pageTable.Context != Iommufd)
        {
            throw new ArgumentException($"The page table is in another iommufd than that {Address} is bound to.", nameof(pageTable));
        }

        VfioDeviceAttachIommufdPt argument = new()
        {
            Argsz = (uint)StructBytes.SizeOf<VfioDeviceAttachIommufdPt>(),
            Flags = VfioUapi.VFIO_DEVICE_ATTACH_PASID,
            PtId = pageTable.Id,
            Pasid = pasid,
        };
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT, ref argument), nameof(VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT), $"PASID {pasid}");
    }

    /// <summary>Blocks a PASID's DMA again (VFIO_DEVICE_DETACH_IOMMUFD_PT, PASID). Not attached is no error.</summary>
    /// <param name="pasid">The PASID.</param>
    /// <exception cref="InvalidOperationException">It was opened by group.</exception>
    /// <exception cref="VfioException">EOPNOTSUPP: the driver has no PASIDs. EINVAL: the kernel is older than 6.15.</exception>
    public void DetachPasid(uint pasid)
    {
        RequireIoas();
        VfioDeviceDetachIommufdPt argument = new()
        {
            Argsz = (uint)StructBytes.SizeOf<VfioDeviceDetachIommufdPt>(),
            Flags = VfioUapi.VFIO_DEVICE_DETACH_PASID,
            Pasid = pasid,
        };
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_DEVICE_DETACH_IOMMUFD_PT, ref argument), nameof(VfioUapi.VFIO_DEVICE_DETACH_IOMMUFD_PT), $"PASID {pasid}");
    }

    private static void Attach(VfioFileHandle device, uint pageTable)
    {
        VfioDeviceAttachIommufdPt argument = new() { Argsz = AttachArgumentBytes, PtId = pageTable };
        device.Check(device.Ioctl(VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT, ref argument), nameof(VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT));
    }

    private Ioas RequireIoas() =>
        Ioas ?? throw new InvalidOperationException($"{Address} was opened by group; only a device opened by its node is attached to a page table.");
}
