using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>The files that IOMMU_IOAS_MAP_FILE holds: one descriptor of our own a file, however many mappings there are of it.</summary>
/// <remarks>The lock is a leaf, held over the fstat and dup that take a file and the close that gives it back.</remarks>
/// <param name="host">The system calls of this process.</param>
/// <param name="memfds">Where memory files become backings.</param>
public sealed class PinnableFiles(ISystemCalls host, MemfdBackings memfds)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(uint, uint, ulong), HostPinnableFile> _byFile = [];

    /// <summary>The file behind <paramref name="fd"/>, held once more. EBADF when there is none.</summary>
    /// <param name="fd">The program's descriptor.</param>
    /// <param name="isSoft">It is a soft file, which no memory file is.</param>
    /// <param name="file">The file.</param>
    public Errno Hold(int fd, bool isSoft, out PinnableFile? file)
    {
        file = null;
        if (fd < 0)
        {
            return Errno.EBADF;
        }

        lock (_lock)
        {
            int error = host.Fstat(fd, out FileStatus status);
            if (error < 0)
            {
                return (Errno)(-error);
            }

            // While it is held its inode number is nobody else's.
            (uint, uint, ulong) key = (status.DeviceMajor, status.DeviceMinor, status.Inode);
            if (!_byFile.TryGetValue(key, out HostPinnableFile? held))
            {
                int own = host.Dup(fd);
                if (own < 0)
                {
                    return (Errno)(-own);
                }

                held = new HostPinnableFile(host, memfds, this, own, key, isSoft);
                _byFile.Add(key, held);
            }

            held.Holders++;
            file = held;
            return Errno.None;
        }
    }

    /// <summary>One holder less; the last closes the descriptor.</summary>
    internal void Release(HostPinnableFile file)
    {
        lock (_lock)
        {
            if (--file.Holders == 0)
            {
                _byFile.Remove(file.Key);
                host.Close(file.Descriptor);
            }
        }
    }
}
