using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Iommufd.Test;
using Vfio.Uapi;
using static Vfio.Uapi.IommufdTestUapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>The operations of IOMMU_TEST_CMD on accesses and on references. Linux: drivers/iommu/iommufd/selftest.c.</content>
internal sealed partial class IommufdFile
{
    // More than this syzkaller cannot ask for.
    private const ulong MostAccessBytes = 16 << 20;

    /// <summary>iommufd_test_md_check_refs: every page of the caller's is pinned so many times. A page counts once for all copies of a mapping.</summary>
    private static Errno TestCheckRefs(KernelTask task, TestModule test, in IommuTestCmd command)
    {
        ulong address = command.CheckRefsUptr;
        ulong length = command.CheckRefsLength;
        if (((address | length) & 4095) != 0 || address + length < address)
        {
            return Errno.EINVAL;
        }

        using IDisposable? look = task.Memory.LookOnce();
        for (; length != 0; length -= 4096, address += 4096)
        {
            Errno error = PlaceOf(task, address, out MemoryPlace page);
            if (error != Errno.None)
            {
                return error;
            }

            HashSet<IoasPages> pinning = [];
            foreach (IommufdFile file in test.Files)
            {
                file.Objects.All<Ioas>().ForEach(ioas => ioas.CollectPinning(page, pinning));
            }

            if (pinning.Count != command.CheckRefsRefs)
            {
                return Errno.EIO;
            }
        }

        return Errno.None;
    }

    /// <summary>iommufd_test_create_access.</summary>
    private Errno TestCreateAccess(IommufdCall call, ref IommuTestCmd command)
    {
        if ((command.CreateAccessFlags & ~MOCK_FLAGS_ACCESS_CREATE_NEEDS_PIN_PAGES) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        TestAccessFile file = new(Module.Host, command.CreateAccessFlags != 0);
        IoasAccess access = IoasAccess.Create(this, file);
        Errno error = access.Attach(command.Id);
        if (error != Errno.None)
        {
            access.Destroy();
            file.Put();
            return error;
        }

        file.Access = access;
        int descriptor = call.Task.Files.Reserve(file);
        if (descriptor < 0)
        {
            return Errno.ENOMEM;
        }

        command.CreateAccessOutAccessFd = descriptor;
        error = call.Respond(ref command);
        if (error != Errno.None)
        {
            call.Task.Files.Withdraw(descriptor);
            return error;
        }

        call.Task.Files.Publish(descriptor);
        return Errno.None;
    }

    /// <summary>iommufd_access_get: EBADFD for any other descriptor. The caller puts the file.</summary>
    private static Errno GetTestAccess(KernelTask task, uint descriptor, out TestAccessFile? access)
    {
        OpenFile? file = task.Files.Get((int)descriptor);
        access = file as TestAccessFile;
        if (access is null)
        {
            file?.Put();
        }

        return access is null ? Errno.EBADFD : Errno.None;
    }

    /// <summary>iommufd_test_access_replace_ioas.</summary>
    private static Errno TestAccessReplace(KernelTask task, in IommuTestCmd command)
    {
        Errno error = GetTestAccess(task, command.Id, out TestAccessFile? file);
        if (error == Errno.None)
        {
            error = file!.Access!.Replace(command.AccessReplaceIoasIoasId);
            file.Put();
        }

        return error;
    }

    /// <summary>iommufd_test_access_item_destroy.</summary>
    private static Errno TestDestroyAccessPages(KernelTask task, in IommuTestCmd command)
    {
        Errno error = GetTestAccess(task, command.Id, out TestAccessFile? file);
        if (error == Errno.None)
        {
            error = file!.Unpin(command.DestroyAccessPagesAccessPagesId);
            file.Put();
        }

        return error;
    }

    /// <summary>iommufd_test_access_pages.</summary>
    private static Errno TestAccessPages(IommufdCall call, ref IommuTestCmd command)
    {
        if (command.AccessPagesLength > MostAccessBytes)
        {
            return Errno.ENOMEM;
        }

        if ((command.AccessPagesFlags & ~(MOCK_FLAGS_ACCESS_WRITE | MOCK_FLAGS_ACCESS_SYZ)) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        Errno error = GetTestAccess(call.Task, command.Id, out TestAccessFile? file);
        if (error != Errno.None)
        {
            return error;
        }

        if (file!.NeedsPinnedPages)
        {
            ulong iova = command.AccessPagesIova;
            if ((command.AccessPagesFlags & MOCK_FLAGS_ACCESS_SYZ) != 0)
            {
                iova = file.Access!.Attached?.NthArea(iova) ?? 0;
            }

            error = file.Pin(iova, command.AccessPagesLength, (command.AccessPagesFlags & MOCK_FLAGS_ACCESS_WRITE) != 0, out uint id, CheckPages(call.Task, command));
            if (error == Errno.None)
            {
                command.AccessPagesOutAccessPagesId = id;
                error = call.Respond(ref command);
                if (error != Errno.None)
                {
                    file.Unpin(id);
                }
            }
        }
        else
        {
            error = Errno.EOPNOTSUPP;
        }

        file.Put();
        return error;
    }

    /// <summary>iommufd_test_check_pages: the pages found are those at the caller's address, unless that is 0. EBADE.</summary>
    private static Func<List<MemoryPiece>, Errno> CheckPages(KernelTask task, IommuTestCmd command) => found =>
    {
        ulong address = command.AccessPagesUptr;
        if (address == 0)
        {
            return Errno.None;
        }

        using IDisposable? look = task.Memory.LookOnce();
        foreach (MemoryPiece piece in found)
        {
            ulong first = piece.Offset & ~4095UL;
            for (ulong page = first; page < piece.Offset + piece.Length; page += 4096, address += 4096)
            {
                Errno error = PlaceOf(task, address & ~4095UL, out MemoryPlace place);
                if (error != Errno.None)
                {
                    return error;
                }

                if (place != piece.Memory.PlaceOf(page))
                {
                    return Errno.EBADE;
                }
            }
        }

        return Errno.None;
    };

    /// <summary>iommufd_test_access_rw.</summary>
    private static Errno TestAccessRw(KernelTask task, in IommuTestCmd command)
    {
        if (command.AccessRwLength > MostAccessBytes)
        {
            return Errno.ENOMEM;
        }

        if ((command.AccessRwFlags & ~(MOCK_ACCESS_RW_WRITE | MOCK_ACCESS_RW_SLOW_PATH | MOCK_FLAGS_ACCESS_SYZ)) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        Errno error = GetTestAccess(task, command.Id, out TestAccessFile? file);
        if (error != Errno.None)
        {
            return error;
        }

        bool write = (command.AccessRwFlags & MOCK_ACCESS_RW_WRITE) != 0;
        byte[] buffer = new byte[command.AccessRwLength];
        error = write ? task.Memory.CopyIn(command.AccessRwUptr, buffer) : Errno.None;
        if (error == Errno.None)
        {
            ulong iova = command.AccessRwIova;
            if ((command.AccessRwFlags & MOCK_FLAGS_ACCESS_SYZ) != 0)
            {
                iova = file!.Access!.Attached?.NthArea(iova) ?? 0;
            }

            AccessTransfer transfer = new(task.Memory, write, (command.AccessRwFlags & MOCK_ACCESS_RW_SLOW_PATH) != 0);
            error = file!.Access!.ReadWrite(in transfer, iova, buffer);
            if (error == Errno.None && !write)
            {
                error = task.Memory.CopyOut(command.AccessRwUptr, buffer);
            }
        }

        file!.Put();
        return error;
    }
}
