using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.Benchmarks;

/// <summary>A caller without descriptors.</summary>
internal sealed class NoFiles : IFileTable
{
    public OpenFile? Get(int fd) => null;

    public int TakeHostDescriptor(int fd) => -(int)Errno.EBADF;

    public int Reserve(OpenFile file, OpenFlags flags = OpenFlags.ReadWrite) => -(int)Errno.EMFILE;

    public void Publish(int fd)
    {
    }

    public void Withdraw(int fd)
    {
    }

    public Errno HoldForPinning(int fd, out PinnableFile? file)
    {
        file = null;
        return Errno.EBADF;
    }
}
