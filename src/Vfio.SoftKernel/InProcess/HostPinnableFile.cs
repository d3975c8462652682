using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>A file of this process that IOMMU_IOAS_MAP_FILE holds. Linux: mm/gup.c memfd_pin_folios.</summary>
/// <param name="host">The system calls of this process.</param>
/// <param name="memfds">Where memory files become backings.</param>
/// <param name="descriptor">A descriptor of our own.</param>
/// <param name="isSoft">It is a soft file, which no memory file is.</param>
internal sealed class HostPinnableFile(ISystemCalls host, MemfdBackings memfds, int descriptor, bool isSoft) : PinnableFile
{
    /// <inheritdoc/>
    public override Errno Pin(ulong start, ulong length, bool writable, out DmaBacking? backing, out ulong offset)
    {
        backing = null;
        offset = start;
        ulong size = 0;
        FileStatus status = default;
        if (isSoft || host.GetSeals(descriptor) < 0 || host.Fstat(descriptor, out status) < 0
            || start > (size = (status.Size + 4095) & ~4095UL) || length > size - start)
        {
            return Errno.EINVAL;
        }

        if (memfds.TryGet(descriptor, status, start + length, writable, out MemfdBacking? mapped))
        {
            backing = mapped;
            return Errno.None;
        }

        return FileBacking.TryCreate(host, descriptor, (status.DeviceMajor, status.DeviceMinor, status.Inode), size, out backing);
    }

    /// <inheritdoc/>
    public override void Release() => host.Close(descriptor);
}
