using Vfio.Hardware.Iommus;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>
/// A file of a caller's that IOMMU_IOAS_MAP_FILE holds, pinned only when a device needs it. Linux: the struct file of iopt_pages and
/// memfd_pin_folios.
/// </summary>
public abstract class PinnableFile
{
    /// <summary>
    /// memfd_pin_folios: the file's bytes at [<paramref name="start"/>, + <paramref name="length"/>) as memory a device can reach, until
    /// <see cref="DmaBacking.Release"/>. EINVAL when the file is no memory file or ends before that.
    /// </summary>
    public abstract Errno Pin(ulong start, ulong length, bool writable, out DmaBacking? backing, out ulong offset);

    /// <summary>fput.</summary>
    public abstract void Release();
}
