using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>A file of this process that IOMMU_IOAS_MAP_FILE holds. Linux: mm/gup.c memfd_pin_folios.</summary>
/// <remarks>The lock guards the last backing; under it a descriptor is duplicated.</remarks>
/// <param name="host">The system calls of this process.</param>
/// <param name="memfds">Where memory files become backings.</param>
/// <param name="owner">Who knows all of them.</param>
/// <param name="descriptor">A descriptor of our own.</param>
/// <param name="key">Which file: device and inode.</param>
/// <param name="isSoft">It is a soft file, which no memory file is.</param>
internal sealed class HostPinnableFile(ISystemCalls host, MemfdBackings memfds, PinnableFiles owner, int descriptor, (uint, uint, ulong) key, bool isSoft) : PinnableFile
{
    private readonly Lock _lock = new();
    private DmaBacking? _last;

    /// <summary>A descriptor of our own.</summary>
    public int Descriptor => descriptor;

    /// <summary>Which file: device and inode.</summary>
    public (uint, uint, ulong) Key => key;

    /// <summary>Mappings that hold it; under its owner's lock.</summary>
    public int Holders { get; set; }

    /// <inheritdoc/>
    public override Errno Pin(ulong start, ulong length, bool writable, out DmaBacking? backing, out ulong offset)
    {
        backing = null;
        offset = start;
        ulong size = 0;
        FileStatus status = default;
        if (isSoft || host.GetSeals(descriptor) < 0 || host.Fstat(descriptor, out status) < 0
            || start > (size = (status.Size + 4095) & ~4095UL) || length > size - start
            || start + length > DmaBacking.Reach)
        {
            return Errno.EINVAL;
        }

        if (memfds.TryGet(descriptor, status, start + length, writable, out MemfdBacking? mapped))
        {
            backing = mapped;
            return Errno.None;
        }

        // A file that may still shrink: one backing, with one descriptor, for all pins that it reaches.
        lock (_lock)
        {
            if (_last is { } last && last.Length >= start + length && last.TryAcquire())
            {
                backing = last;
                return Errno.None;
            }

            Errno error = FileBacking.TryCreate(host, descriptor, key, size, out backing);
            _last = backing;
            return error;
        }
    }

    /// <inheritdoc/>
    public override void Release() => owner.Release(this);
}
