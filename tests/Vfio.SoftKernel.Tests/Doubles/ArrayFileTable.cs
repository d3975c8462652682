using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Doubles;

/// <summary>Descriptors of files that can be pinned, and nothing else.</summary>
public sealed class ArrayFileTable : IFileTable
{
    public Dictionary<int, ArrayFile> Files { get; } = [];

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
        if (!Files.TryGetValue(fd, out ArrayFile? found))
        {
            file = null;
            return Errno.EBADF;
        }

        found.References++;
        file = found;
        return Errno.None;
    }
}
