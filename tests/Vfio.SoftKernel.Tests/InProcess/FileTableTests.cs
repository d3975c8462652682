using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.InProcess;

/// <summary>The table of soft descriptors, at the seams another thread can get in between.</summary>
/// <remarks>
/// Numbers are the whole process's: the runtime opens files of its own at any moment (/proc/meminfo for a collection, a new thread's name), and a number
/// just closed may be such a file's. So what is asked of one is asked again, with another file.
/// </remarks>
[TestClass(DisableParallelization = true)] // Takes a number again that was just closed.
public sealed class FileTableTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromSeconds(30);
    private readonly ISystemCalls _host = Machine.Host;
    private readonly FileTable _table;

    public FileTableTests() => _table = new FileTable(_host, new MemfdBackings(_host));

    [Fact]
    public void A_duplicate_is_of_the_file_that_was_looked_up_whoever_has_its_number_by_now()
    {
        Assert.True(SpinWait.SpinUntil(TakesTheNumberAgain, s_long));

        bool TakesTheNumberAgain()
        {
            var file = new MemoryFile(_host);
            int fd = _table.Install(file);
            Assert.True(_table.TryGet(fd, out SoftDescriptor? descriptor));
            Assert.True(_table.TryClose(fd, out _));
            int other = _host.Eventfd(0, EventfdFlags.None);

            int copy = _table.Duplicate(descriptor);
            Assert.Equal(0, _host.Fstat(copy, out FileStatus copied));
            Assert.Equal(0, _host.Fstat(file.HostDescriptor, out FileStatus original));
            Assert.Equal(original.Inode, copied.Inode);
            _table.TryClose(copy, out _);
            _host.Close(other);
            return other == fd;
        }
    }

    [Fact]
    public void A_descriptor_nobody_was_told_of_is_taken_back_with_its_file()
    {
        Assert.True(SpinWait.SpinUntil(IsTakenBack, s_long));

        bool IsTakenBack()
        {
            var file = new MemoryFile(_host);
            int fd = _table.Reserve(file);
            _table.Withdraw(fd);
            Assert.True(file.Released);
            Assert.Null(_table.Get(fd));
            return _host.Fstat(fd, out _) == -(int)Errno.EBADF;
        }
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
