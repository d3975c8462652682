using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.InProcess;

/// <summary>The table of soft descriptors, at the seams another thread can get in between.</summary>
[TestClass(DisableParallelization = true)] // Takes a number again that was just closed.
public sealed class FileTableTests
{
    private readonly ISystemCalls _host = Machine.Host;
    private readonly FileTable _table;

    public FileTableTests() => _table = new FileTable(_host, new MemfdBackings(_host));

    [Fact]
    public void A_duplicate_is_of_the_file_that_was_looked_up_whoever_has_its_number_by_now()
    {
        var file = new MemoryFile(_host);
        int fd = _table.Install(file);
        Assert.True(_table.TryGet(fd, out SoftDescriptor? descriptor));
        Assert.True(_table.TryClose(fd, out _));
        int other = _host.Eventfd(0, EventfdFlags.None);
        Assert.Equal(fd, other);

        int copy = _table.Duplicate(descriptor);
        Assert.Equal(0, _host.Fstat(copy, out FileStatus copied));
        Assert.Equal(0, _host.Fstat(file.HostDescriptor, out FileStatus original));
        Assert.Equal(original.Inode, copied.Inode);
        _table.TryClose(copy, out _);
        _host.Close(other);
    }

    [Fact]
    public void A_descriptor_nobody_was_told_of_is_taken_back_with_its_file()
    {
        var file = new MemoryFile(_host);
        int fd = _table.Reserve(file);
        _table.Withdraw(fd);
        Assert.True(file.Released);
        Assert.Null(_table.Get(fd));
        Assert.Equal(-(int)Errno.EBADF, _host.Fstat(fd, out _));
    }

    private sealed class MemoryFile(ISystemCalls host) : OpenFile
    {
        private readonly HostMemfd _memfd = new(host, "test");

        public bool Released { get; private set; }

        public override int HostDescriptor => _memfd.Descriptor;

        public override FileStatus Status => default;

        protected override void Release()
        {
            Released = true;
            _memfd.Close();
        }
    }
}
