using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>One copy of an emulated device. Linux: the flags of iommufd_access_rw, and iopt_pages_rw_access.</summary>
/// <param name="Caller">Whose memory is at hand: the process that runs now. Null: none.</param>
/// <param name="Write">To the mapping; else from it.</param>
/// <param name="Slow">Pin first even where a plain copy would do (the test interface asks for it).</param>
internal readonly record struct AccessTransfer(UserMemory? Caller, bool Write, bool Slow)
{
    /// <summary>
    /// iopt_pages_rw_access, iopt_pages_rw_page. Of a process's own pages a plain copy while that process runs, or one page of it while it is there: EFAULT. Everything
    /// else is pinned for the time of the copy, with what that can answer: pages that a domain has pinned outlive their process.
    /// </summary>
    public Errno Copy(IoasPages pages, ulong startByte, Span<byte> buffer)
    {
        if (Write && !pages.Writable)
        {
            return Errno.EPERM;
        }

        if (pages.IsDmaBuf)
        {
            return Errno.EINVAL;
        }

        ulong address = pages.Start + startByte;
        PinSource source = pages.Source;
        bool isOwn = ReferenceEquals(source.Memory, Caller) && !Slow;
        bool isOnePage = (address >> 12) == ((address + (ulong)buffer.Length - 1) >> 12);
        if (!source.IsFile && (isOwn || (isOnePage && source.Memory.IsThere)))
        {
            return Write ? source.Memory.CopyOut(address, buffer) : source.Memory.CopyIn(address, buffer);
        }

        return CopyPinned(pages, startByte, buffer);
    }

    /// <summary>iopt_pages_rw_slow.</summary>
    private Errno CopyPinned(IoasPages pages, ulong startByte, Span<byte> buffer)
    {
        ulong lastByte = startByte + (ulong)buffer.Length - 1;
        Errno error = pages.Pin(startByte, lastByte);
        if (error != Errno.None)
        {
            return error;
        }

        for (ulong at = startByte; at <= lastByte && error == Errno.None;)
        {
            DmaBacking memory = pages.Find(at, lastByte, out ulong offset, out ulong length);
            Span<byte> part = buffer.Slice((int)(at - startByte), (int)length);
            if (!(Write ? memory.TryWrite(offset, part) : memory.TryRead(offset, part)))
            {
                error = Errno.EFAULT;
            }

            at += length;
        }

        pages.Unpin(startByte, lastByte);
        return error;
    }
}
