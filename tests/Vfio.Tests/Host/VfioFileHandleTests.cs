using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class VfioFileHandleTests
{
    [Fact]
    public void Disposing_closes_through_the_seam_once()
    {
        FakeMachine machine = new FakeMachine().File("/x", "text");
        VfioFileHandle handle = VfioFileHandle.Open(machine, "/x", OpenFlags.ReadOnly);
        byte[] buffer = new byte[8];
        Assert.Equal(4, handle.Read(buffer));
        Assert.Equal(1, machine.OpenCount);
        handle.Dispose();
        handle.Dispose();
        Assert.Equal(0, machine.OpenCount);
        Assert.Throws<ObjectDisposedException>(() => handle.Read(buffer));
    }

    [Fact]
    public void One_that_is_not_owned_is_left_open()
    {
        FakeMachine machine = new FakeMachine().File("/x", "text");
        int fd = machine.Open("/x", OpenFlags.ReadOnly);
        new VfioFileHandle(machine, fd, "/x", ownsHandle: false).Dispose();
        Assert.Equal(1, machine.OpenCount);
    }

    [Fact]
    public void Opening_what_is_not_there_throws_with_the_path()
    {
        VfioException e = Assert.Throws<VfioException>(() => VfioFileHandle.Open(new FakeMachine(), "/dev/iommu", OpenFlags.ReadWrite));
        Assert.Equal((Errno.ENOENT, "open", "/dev/iommu"), (e.Errno, e.Operation, e.Path));
        Assert.Contains("CONFIG_IOMMUFD", e.Advice, StringComparison.Ordinal);
    }
}
