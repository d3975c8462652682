using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.VfioCore;

/// <summary>PASIDs in ATTACH, beyond what tests/transcripts/vfio/pasid.uapi holds.</summary>
public sealed class PasidTests : IDisposable
{
    private readonly EduMachine _machine = new();

    [Fact]
    public void An_answer_to_a_pasids_attach_that_cannot_be_written_detaches_the_device_itself()
    {
        int iommufd = _machine.Open("/dev/iommu");
        int device = _machine.Open("/dev/vfio/devices/vfio0");
        Assert.Equal(0, _machine.Bind(device, iommufd));
        var ioas = new IommuIoasAlloc { Size = 12 };
        Assert.Equal(0, _machine.Calls.Ioctl(iommufd, IommufdUapi.IOMMU_IOAS_ALLOC, StructBytes.AsBytes(ref ioas)));
        var alloc = new IommuHwptAlloc { Size = 48, Flags = IommufdUapi.IOMMU_HWPT_ALLOC_PASID, DevId = 1, PtId = ioas.OutIoasId };
        Assert.Equal(0, _machine.Calls.Ioctl(iommufd, IommufdUapi.IOMMU_HWPT_ALLOC, StructBytes.AsBytes(ref alloc)));
        var attach = new VfioDeviceAttachIommufdPt { Argsz = 12, PtId = alloc.OutHwptId };
        Assert.Equal(0, _machine.Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT, StructBytes.AsBytes(ref attach)));
        Assert.NotNull(_machine.Soft.Groups[_machine.Edu.GroupId!.Value].Domain);

        attach = new VfioDeviceAttachIommufdPt { Argsz = 16, Flags = VfioUapi.VFIO_DEVICE_ATTACH_PASID, PtId = alloc.OutHwptId, Pasid = 3 };
        int file = _machine.Calls.MemfdCreate("argument", MemfdFlags.None);
        Assert.Equal(0, _machine.Calls.Ftruncate(file, 4096));
        Assert.Equal(16, _machine.Calls.Pwrite(file, StructBytes.AsBytes(ref attach), 0));
        nint readable = _machine.Calls.Mmap(4096, MmapProtection.Read, MmapFlags.Shared, file, 0);
        Assert.Equal(-(int)Errno.EFAULT, _machine.Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT, (nuint)readable));
        Assert.Null(_machine.Soft.Groups[_machine.Edu.GroupId!.Value].Domain);

        // The PASID is still attached: a second attach replaces, and the page table is in use.
        Assert.Equal(0, _machine.Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT, StructBytes.AsBytes(ref attach)));
        var destroy = new IommuDestroy { Size = 8, Id = alloc.OutHwptId };
        Assert.Equal(-(int)Errno.EBUSY, _machine.Calls.Ioctl(iommufd, IommufdUapi.IOMMU_DESTROY, StructBytes.AsBytes(ref destroy)));
    }

    public void Dispose() => _machine.Dispose();
}
