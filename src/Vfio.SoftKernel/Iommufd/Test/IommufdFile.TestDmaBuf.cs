using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Iommufd.Test;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>The operations of IOMMU_TEST_CMD that make dma-bufs and take them back. Linux: drivers/iommu/iommufd/selftest.c.</content>
internal sealed partial class IommufdFile
{
    /// <summary>iommufd_test_dmabuf_get: the descriptor is the call's own result, so on success the answer is less than none: minus it.</summary>
    private Errno TestDmaBufGet(KernelTask task, in IommuTestCmd command)
    {
        ulong length = ((ulong)command.DmabufGetLength + 4095) & ~4095UL;
        if (length is 0 or > 4096 * 512)
        {
            return Errno.EINVAL;
        }

        DmaBufFile file = new(Module.Host, length, new PrivateBacking((int)length), 0, revoked: false) { Exporter = Module.Test };
        int descriptor = task.Files.Install(file, (OpenFlags)(command.DmabufGetOpenFlags & 3));
        return (Errno)(-descriptor);
    }

    /// <summary>iommufd_test_dmabuf_revoke: EOPNOTSUPP for a dma-buf of somebody else's.</summary>
    private Errno TestDmaBufRevoke(KernelTask task, in IommuTestCmd command)
    {
        OpenFile? file = task.Files.Get(command.DmabufRevokeDmabufFd);
        if (file is null)
        {
            return TestForeignDescriptor(task, command.DmabufRevokeDmabufFd);
        }

        Errno error = file is not DmaBufFile buffer ? Errno.EINVAL : buffer.Exporter != Module.Test ? Errno.EOPNOTSUPP : Errno.None;
        if (error == Errno.None)
        {
            ((DmaBufFile)file).Move(command.DmabufRevokeRevoked != 0);
        }

        file.Put();
        return error;
    }

    /// <summary>dma_buf_get: EBADF without a file, EINVAL for one that is no dma-buf.</summary>
    private static Errno TestForeignDescriptor(KernelTask task, int descriptor)
    {
        Errno error = task.Files.HoldForPinning(descriptor, out PinnableFile? file);
        file?.Release();
        return error == Errno.None ? Errno.EINVAL : error;
    }
}
