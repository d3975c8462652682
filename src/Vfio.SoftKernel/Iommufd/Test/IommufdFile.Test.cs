using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Iommufd.Test;
using Vfio.Uapi;
using static Vfio.Uapi.IommufdTestUapi;

namespace Vfio.SoftKernel.Iommufd;

/// <content>IOMMU_TEST_CMD, and its operations on mock devices. Linux: drivers/iommu/iommufd/selftest.c.</content>
internal sealed partial class IommufdFile
{
    /// <summary>iommufd_test.</summary>
    internal Errno Test(IommufdCall call)
    {
        if (Module.Test is not { } test)
        {
            return Errno.ENOTTY;
        }

        Errno error = call.Read(out IommuTestCmd command);
        if (error != Errno.None)
        {
            return error;
        }

        switch (command.Op)
        {
            case IOMMU_TEST_OP_ADD_RESERVED:
                return TestAddReserved(in command);
            case IOMMU_TEST_OP_MOCK_DOMAIN:
                return TestMockDomain(call, test, 0, ref command);
            case IOMMU_TEST_OP_MOCK_DOMAIN_FLAGS:
                return TestMockDomain(call, test, command.MockDomainFlagsDevFlags, ref command);
            case IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE:
                return TestMockDomainReplace(call, ref command);
            case IOMMU_TEST_OP_MD_CHECK_MAP:
                return TestCheckMap(call.Task, in command);
            case IOMMU_TEST_OP_MD_CHECK_IOTLB:
                return TestCheckIotlb(in command);
            case IOMMU_TEST_OP_TRIGGER_IOPF:
                return TestTriggerPageRequest(in command);
            case IOMMU_TEST_OP_TRIGGER_VEVENT:
                return TestTriggerVevent(in command);
            case IOMMU_TEST_OP_PASID_ATTACH:
                return TestPasidAttach(call, ref command);
            case IOMMU_TEST_OP_PASID_REPLACE:
                return TestPasidReplace(call, ref command);
            case IOMMU_TEST_OP_PASID_DETACH:
                return TestPasidDetach(in command);
            case IOMMU_TEST_OP_PASID_CHECK_HWPT:
                return TestPasidCheck(in command);
            case IOMMU_TEST_OP_MD_CHECK_REFS:
                return TestCheckRefs(call.Task, test, in command);
            case IOMMU_TEST_OP_CREATE_ACCESS:
                return TestCreateAccess(call, ref command);
            case IOMMU_TEST_OP_ACCESS_REPLACE_IOAS:
                return TestAccessReplace(call.Task, in command);
            case IOMMU_TEST_OP_ACCESS_PAGES:
                return TestAccessPages(call, ref command);
            case IOMMU_TEST_OP_DESTROY_ACCESS_PAGES:
                return TestDestroyAccessPages(call.Task, in command);
            case IOMMU_TEST_OP_ACCESS_RW:
                return TestAccessRw(call.Task, in command);
            case IOMMU_TEST_OP_DIRTY:
                return TestDirty(call, ref command);
            case IOMMU_TEST_OP_DMABUF_GET:
                return TestDmaBufGet(call.Task, in command);
            case IOMMU_TEST_OP_DMABUF_REVOKE:
                return TestDmaBufRevoke(call.Task, in command);
            case IOMMU_TEST_OP_DEV_CHECK_CACHE:
                return TestCheckCache(in command);
            case IOMMU_TEST_OP_SET_TEMP_MEMORY_LIMIT:
                // The kernel's smallest batch: one address and one count.
                if (command.MemoryLimitLimit < sizeof(ulong) + sizeof(uint))
                {
                    return Errno.EINVAL;
                }

                test.MemoryLimit = command.MemoryLimitLimit;
                return Errno.None;
            default:
                return Errno.EOPNOTSUPP;
        }
    }

    /// <summary>iommufd_test_add_reserved: a range that nobody takes back before the IOAS goes.</summary>
    private Errno TestAddReserved(in IommuTestCmd command)
    {
        if (command.AddReservedLength == 0)
        {
            return Errno.EINVAL;
        }

        ulong last = command.AddReservedStart + (command.AddReservedLength - 1);
        if (last < command.AddReservedStart)
        {
            return Errno.EOVERFLOW;
        }

        using Borrowed<Ioas> ioas = Objects.Borrow<Ioas>(command.Id);
        return ioas.Found ? ioas.Value.ReserveForTest(command.AddReservedStart, last) : Errno.ENOENT;
    }

    /// <summary>iommufd_test_mock_domain. Ids in this order: the selftest object, the bound device, the page table.</summary>
    private Errno TestMockDomain(IommufdCall call, TestModule test, uint flags, ref IommuTestCmd command)
    {
        SelftestObject holder = new(test);
        Objects.Reserve(holder);
        Errno error = test.CreateDevice(flags, out MockDevice? device);
        if (error != Errno.None)
        {
            Objects.Abort(holder);
            return error;
        }

        error = IommufdDevice.Bind(this, device!, out IommufdDevice? bound);
        if (error == Errno.None)
        {
            holder.Bound = bound!;
            uint pageTable = command.Id;
            lock (holder.AttachLock)
            {
                error = bound!.Attach(ref pageTable);
            }

            if (error == Errno.None)
            {
                command.MockDomainOutHwptId = pageTable;
                command.MockDomainOutStdevId = holder.Id;
                command.MockDomainOutIdevId = bound.Id;
                error = call.Respond(ref command);
                if (error == Errno.None)
                {
                    ObjectTable.Publish(holder);
                    return Errno.None;
                }

                lock (holder.AttachLock)
                {
                    bound.Detach();
                }
            }

            bound.Unbind();
        }

        test.DestroyDevice(device!);
        Objects.Abort(holder);
        return error;
    }

    /// <summary>iommufd_test_mock_domain_replace.</summary>
    private Errno TestMockDomainReplace(IommufdCall call, ref IommuTestCmd command)
    {
        using Borrowed<SelftestObject> holder = Objects.Borrow<SelftestObject>(command.Id);
        if (!holder.Found)
        {
            return Errno.ENOENT;
        }

        uint pageTable = command.MockDomainReplacePtId;
        Errno error;
        lock (holder.Value.AttachLock)
        {
            error = holder.Value.Bound.Replace(ref pageTable);
        }

        if (error != Errno.None)
        {
            return error;
        }

        command.MockDomainReplacePtId = pageTable;
        return call.Respond(ref command);
    }

    /// <summary>iommufd_test_md_check_pa: under every I/O page stands the memory that stands at the address.</summary>
    private Errno TestCheckMap(KernelTask task, in IommuTestCmd command)
    {
        using Borrowed<Hwpt> hwpt = Objects.Borrow<Hwpt>(command.Id);
        if (!hwpt.Found)
        {
            return Errno.ENOENT;
        }

        IommuDomain domain = hwpt.Value.Domain;
        if (domain.Unit.Kind != IommuKind.Mock)
        {
            return Errno.EINVAL;
        }

        ulong page = domain.PageSizes & (0 - domain.PageSizes);
        ulong iova = command.CheckMapIova;
        ulong address = command.CheckMapUptr;
        ulong length = command.CheckMapLength;
        if (((iova | length | address) & (page - 1)) != 0 || address + length < address)
        {
            return Errno.EINVAL;
        }

        using IDisposable? look = task.Memory.LookOnce();
        for (; length != 0; length -= page, iova += page, address += page)
        {
            Errno error = PlaceOf(task, address, out MemoryPlace expected);
            if (error != Errno.None)
            {
                return error;
            }

            if (domain.Find(iova, out ulong offset) is not { } memory || memory.PlaceOf(offset) != expected)
            {
                return Errno.EINVAL;
            }
        }

        return Errno.None;
    }

    /// <summary>get_user_pages_fast of one page, as something to compare: which memory stands at the caller's address.</summary>
    private static Errno PlaceOf(KernelTask task, ulong address, out MemoryPlace place)
    {
        place = default;
        ulong inPage = address & 4095;
        Errno error = task.Memory.Pin(address - inPage, 4096, false, out DmaBacking? memory, out ulong offset);
        if (error == Errno.None)
        {
            place = memory!.PlaceOf(offset + inPage);
            memory.Release();
        }

        return error;
    }

    /// <summary>iommufd_test_dev_check_cache.</summary>
    private Errno TestCheckCache(in IommuTestCmd command)
    {
        using Borrowed<IommufdDevice> device = Objects.Borrow<IommufdDevice>(command.Id);
        if (!device.Found)
        {
            return Errno.ENOENT;
        }

        // The kernel takes any device for a mock one here; we do not.
        return device.Value.Device is MockDevice mock && command.CheckDevCacheId <= MOCK_DEV_CACHE_ID_MAX
            && Volatile.Read(ref mock.Cache[command.CheckDevCacheId]) == command.CheckDevCacheCache ? Errno.None : Errno.EINVAL;
    }
}
