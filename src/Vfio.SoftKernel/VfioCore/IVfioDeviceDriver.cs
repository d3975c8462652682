using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>What VFIO asks of the driver of a device. Linux: struct vfio_device_ops.</summary>
internal interface IVfioDeviceDriver
{
    /// <summary>ops->open_device: the first open. Under the set's lock.</summary>
    Errno OpenDevice();

    /// <summary>ops->close_device: after the last close. Under the set's lock.</summary>
    void CloseDevice();

    /// <summary>ops->match: is this what GET_DEVICE_FD named? 1 yes, 0 no, or a negative errno.</summary>
    int Match(string name);

    /// <summary>ops->match_token_uuid: may a caller with this token open the device?</summary>
    Errno MatchToken(Guid? token);

    /// <summary>ops->ioctl.</summary>
    int Ioctl(VfioDeviceFile file, KernelTask task, uint request, UserArgument argument);

    /// <summary>ops->device_feature: a feature VFIO itself does not answer. <paramref name="length"/> is what follows the header.</summary>
    int Feature(KernelTask task, uint flags, UserArgument argument, uint length);

    /// <summary>mig_ops; null: the device cannot be moved.</summary>
    IVfioMigration? Migration { get; }

    /// <summary>log_ops; null: what the device writes cannot be told.</summary>
    IVfioDmaLogging? DmaLogging { get; }

    /// <summary>ops->read.</summary>
    nint Read(Span<byte> buffer, ref long position);

    /// <summary>ops->write.</summary>
    nint Write(ReadOnlySpan<byte> buffer, ref long position);

    /// <summary>ops->mmap.</summary>
    int Mmap(ulong length, MmapProtection protection, MmapFlags flags, ulong offset);

    /// <summary>What a mapping at <paramref name="offset"/> faults in: <see cref="OpenFile.RegistersAt"/>.</summary>
    DmaBacking? RegistersAt(ulong offset, ulong length, out ulong start);

    /// <summary>ops->request: the kernel wants the device back; tells the user.</summary>
    void Request(int times);

    /// <summary>The host file that BAR mappings come from; made on first use.</summary>
    int HostDescriptor { get; }
}
