using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>IOMMU_TEST_OP_DIRTY: writes of a device that does no DMA. Linux: drivers/iommu/iommufd/selftest.c iommufd_test_dirty.</content>
internal sealed partial class IommufdFile
{
    private const ulong MostDirtyBits = 8 * (16 << 20);

    /// <summary>Makes the pages dirty whose bits are set; those that are not mapped count all the same.</summary>
    private Errno TestDirty(IommufdCall call, ref IommuTestCmd command)
    {
        ulong page = command.DirtyPageSize;
        if (page == 0 || command.DirtyLength == 0 || command.DirtyIova % page != 0 || command.DirtyLength % page != 0 || command.DirtyUptr == 0)
        {
            return Errno.EINVAL;
        }

        ulong bits = command.DirtyLength / page;
        if (bits > MostDirtyBits)
        {
            return Errno.EOVERFLOW;
        }

        using Borrowed<Hwpt> hwpt = Objects.Borrow<Hwpt>(command.Id);
        if (!hwpt.Found)
        {
            return Errno.ENOENT;
        }

        IommuDomain domain = hwpt.Value.Domain;
        if (domain.Unit.Kind != IommuKind.Mock || !domain.TracksDirty)
        {
            return Errno.EINVAL;
        }

        byte[] bitmap = new byte[(bits + 7) / 8];
        Errno error = call.Task.Memory.CopyIn(command.DirtyUptr, bitmap);
        if (error != Errno.None)
        {
            return error;
        }

        ulong count = 0;
        for (ulong bit = 0; bit < bits; bit++)
        {
            if ((bitmap[bit / 8] & (1 << (int)(bit % 8))) != 0)
            {
                domain.MarkDirty(unchecked(command.DirtyIova + (bit * page)));
                count++;
            }
        }

        command.DirtyOutNrDirty = count;
        return call.Respond(ref command);
    }
}
