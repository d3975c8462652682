using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Iommufd;

/// <summary>Descriptors of soft files, beside those of <see cref="ArrayFileTable"/>.</summary>
internal sealed class TestFileTable(ArrayFileTable pinnable) : IFileTable
{
    private readonly Dictionary<int, OpenFile> _files = [];
    private int _next = 100;

    /// <summary>Descriptors open.</summary>
    public int Count => _files.Count;

    public OpenFile? Get(int fd)
    {
        OpenFile? file = _files.GetValueOrDefault(fd);
        file?.Get();
        return file;
    }

    public int TakeHostDescriptor(int fd) => -(int)Errno.EBADF;

    public int Reserve(OpenFile file, OpenFlags flags = OpenFlags.ReadWrite)
    {
        _files.Add(_next, file);
        return _next++;
    }

    public void Publish(int fd)
    {
        if (!_files.ContainsKey(fd))
        {
            throw new InvalidOperationException($"{fd} was not reserved.");
        }
    }

    public void Withdraw(int fd) => Close(fd);

    public Errno HoldForPinning(int fd, out PinnableFile? file) => pinnable.HoldForPinning(fd, out file);

    public void Close(int fd)
    {
        _files.Remove(fd, out OpenFile? file);
        file!.Put();
    }
}
