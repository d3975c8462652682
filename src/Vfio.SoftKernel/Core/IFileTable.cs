using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>A calling process's descriptors, as its transport sees them. Linux: struct files_struct.</summary>
public interface IFileTable
{
    /// <summary>fget: the soft kernel's open file behind <paramref name="fd"/>, with a reference taken; null when it is not one of ours.</summary>
    OpenFile? Get(int fd);

    /// <summary>
    /// A descriptor of our own, in this process, of the host's open file behind <paramref name="fd"/> (an eventfd, a memfd); the caller closes
    /// it. Negative errno: EBADF when there is none. Soft files answer too, with their host descriptor.
    /// </summary>
    int TakeHostDescriptor(int fd);

    /// <summary>
    /// anon_inode_getfd: gives the caller a new descriptor of <paramref name="file"/>, whose reference passes to the table. Negative errno on
    /// failure, and the reference is put.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="flags">What it is open for.</param>
    int Install(OpenFile file, OpenFlags flags = OpenFlags.ReadWrite);

    /// <summary>put_unused_fd and fput: takes back a descriptor that <see cref="Install"/> gave and whose number could not be told to the caller.</summary>
    void Uninstall(int fd);

    /// <summary>
    /// fget for IOMMU_IOAS_MAP_FILE: the open file behind <paramref name="fd"/>, whatever it is, held until
    /// <see cref="PinnableFile.Release"/>; whether it can be pinned shows at the pin. EBADF when there is none.
    /// </summary>
    Errno HoldForPinning(int fd, out PinnableFile? file);
}
