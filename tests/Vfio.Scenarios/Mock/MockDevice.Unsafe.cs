using Vfio.Uapi;

namespace Vfio.Scenarios.Mock;

/// <summary>
/// A device of the kernel's own test of iommufd (IOMMU_TEST_CMD), behind an IOMMU that can do everything: what no IOMMU here can is asked of it. The one place where a
/// scenario makes a call by hand: the test interface is no program's to use.
/// </summary>
public sealed class MockDevice
{
    private readonly IommufdContext _iommufd;

    /// <summary>Makes one, attached to <paramref name="ioas"/>; skips the scenario where the kernel has no such devices.</summary>
    /// <param name="iommufd">The iommufd.</param>
    /// <param name="ioas">Where it is attached.</param>
    public MockDevice(IommufdContext iommufd, Ioas ioas)
    {
        _iommufd = iommufd;
        IommuTestCmd command = new() { Op = IommufdTestUapi.IOMMU_TEST_OP_MOCK_DOMAIN, Id = ioas.Id };
        if (Try(ref command) == -(int)Errno.ENOTTY)
        {
            ScenarioContext.Skip("the kernel was built without mock devices");
        }

        MockId = command.MockDomainOutStdevId;
        Id = command.MockDomainOutIdevId;
    }

    /// <summary>Its id as a device of the iommufd.</summary>
    public uint Id { get; }

    /// <summary>Its id as a mock.</summary>
    public uint MockId { get; }

    /// <summary>Moves it, as VFIO_DEVICE_ATTACH_IOMMUFD_PT moves a device.</summary>
    public void Attach(uint pageTable)
    {
        IommuTestCmd command = new() { Op = IommufdTestUapi.IOMMU_TEST_OP_MOCK_DOMAIN_REPLACE, Id = MockId, MockDomainReplacePtId = pageTable };
        Do(ref command);
    }

    /// <summary>Takes it away.</summary>
    public void Remove() => _iommufd.Destroy(MockId);

    /// <summary>Has it write pages: the bits of <paramref name="pages"/>, from <paramref name="iova"/> on.</summary>
    public unsafe ulong Write(Hwpt table, ulong iova, ulong length, ulong pageSize, Span<ulong> pages)
    {
        // Sound: fixed for the call, which reads a bit a page of what is told here.
        fixed (ulong* bits = pages)
        {
            IommuTestCmd command = new()
            {
                Op = IommufdTestUapi.IOMMU_TEST_OP_DIRTY,
                Id = table.Id,
                DirtyIova = iova,
                DirtyLength = length,
                DirtyPageSize = pageSize,
                DirtyUptr = (ulong)bits,
            };
            Do(ref command);
            return command.DirtyOutNrDirty;
        }
    }

    /// <summary>Has it touch an address that is not mapped.</summary>
    public void Fault(uint group, IoPageAccess access, ulong address)
    {
        IommuTestCmd command = new()
        {
            Op = IommufdTestUapi.IOMMU_TEST_OP_TRIGGER_IOPF,
            TriggerIopfDevId = Id,
            TriggerIopfGrpid = group,
            TriggerIopfPerm = (uint)access,
            TriggerIopfAddr = address,
        };
        Do(ref command);
    }

    /// <summary>Has its IOMMU tell of an event.</summary>
    public void Raise()
    {
        IommuTestCmd command = new() { Op = IommufdTestUapi.IOMMU_TEST_OP_TRIGGER_VEVENT, TriggerVeventDevId = Id };
        Do(ref command);
    }

    /// <summary>Whether an entry of a nested table's cache holds a value.</summary>
    public bool Caches(NestedHwpt table, uint entry, uint value)
    {
        IommuTestCmd command = new() { Op = IommufdTestUapi.IOMMU_TEST_OP_MD_CHECK_IOTLB, Id = table.Id, CheckIotlbId = entry, CheckIotlbIotlb = value };
        return Try(ref command) == 0;
    }

    /// <summary>Whether an entry of its own cache holds a value.</summary>
    public bool Caches(uint entry, uint value)
    {
        IommuTestCmd command = new() { Op = IommufdTestUapi.IOMMU_TEST_OP_DEV_CHECK_CACHE, Id = Id, CheckDevCacheId = entry, CheckDevCacheCache = value };
        return Try(ref command) == 0;
    }

    private int Try(ref IommuTestCmd command)
    {
        command.Size = (uint)StructBytes.SizeOf<IommuTestCmd>();
        return _iommufd.Handle.Ioctl(IommufdTestUapi.IOMMU_TEST_CMD, ref command);
    }

    private void Do(ref IommuTestCmd command)
    {
        int answer = Try(ref command);
        ScenarioContext.Check(answer >= 0, $"IOMMU_TEST_CMD {command.Op}: {ScenarioContext.Answer(answer)}");
    }
}
