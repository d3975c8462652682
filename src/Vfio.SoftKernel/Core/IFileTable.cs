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
    /// get_unused_fd_flags: a number for <paramref name="file"/>, whose reference passes to the table. No call finds the file by it, nor closes it,
    /// before <see cref="Publish"/>: nobody can use what the caller could not be told of yet. Negative errno on failure, and the
    /// reference is put.
    /// </summary>
    /// <param name="file">The file.</param>
    /// <param name="flags">What it is open for.</param>
    int Reserve(OpenFile file, OpenFlags flags = OpenFlags.ReadWrite);

    /// <summary>fd_install: a number that <see cref="Reserve"/> gave is a descriptor from here on.</summary>
    void Publish(int fd);

    /// <summary>put_unused_fd and fput: gives up a number that <see cref="Reserve"/> gave, and the file's reference.</summary>
    void Withdraw(int fd);

    /// <summary>anon_inode_getfd: <see cref="Reserve"/> and <see cref="Publish"/>, where the number is the call's own result.</summary>
    /// <param name="file">The file.</param>
    /// <param name="flags">What it is open for.</param>
    int Install(OpenFile file, OpenFlags flags = OpenFlags.ReadWrite)
    {
        int fd = Reserve(file, flags);
        if (fd >= 0)
        {
            Publish(fd);
        }

        return fd;
    }

    /// <summary>
    /// fget for IOMMU_IOAS_MAP_FILE: the open file behind <paramref name="fd"/>, whatever it is, held until
    /// <see cref="PinnableFile.Release"/>; whether it can be pinned shows at the pin. EBADF when there is none.
    /// </summary>
    Errno HoldForPinning(int fd, out PinnableFile? file);
}
