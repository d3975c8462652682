using System.Globalization;
using Vfio.SoftKernel.IommuCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd.Test;

/// <summary>A device behind the mock IOMMU: it does no DMA, it is attached. Linux: struct mock_dev.</summary>
internal sealed class MockDevice : SoftDevice
{
    private readonly uint _flags;

    // viommu_rwsem: what follows.
    private readonly Lock _viommuLock = new();
    private Viommu? _viommu;
    private ulong _virtualId;

    internal MockDevice(TestModule module, int number, uint flags)
        : base(string.Create(CultureInfo.InvariantCulture, $"iommufd_mock{number}"), module.Unit)
    {
        Number = number;
        _flags = flags;
        Array.Fill(Cache, IommufdTestUapi.IOMMU_TEST_DEV_CACHE_DEFAULT);
    }

    /// <summary>The number in its name.</summary>
    public int Number { get; }

    /// <summary>MOCK_FLAGS_DEVICE_PASID: it has PASIDs of MOCK_PASID_WIDTH bits.</summary>
    public bool HasPasids => (_flags & IommufdTestUapi.MOCK_FLAGS_DEVICE_PASID) != 0;

    /// <summary>What an invalidation through a vIOMMU clears and DEV_CHECK_CACHE looks at.</summary>
    public uint[] Cache { get; } = new uint[IommufdTestUapi.MOCK_DEV_CACHE_NUM];

    /// <summary>Without MOCK_FLAGS_DEVICE_NO_DIRTY: page tables made for it can track dirty pages.</summary>
    public bool TracksDirtyPages => (_flags & IommufdTestUapi.MOCK_FLAGS_DEVICE_NO_DIRTY) == 0;

    /// <summary>The next attach of the reserved PASID fails. Linux: pasid_1024_fake_error. Under the lock of its group.</summary>
    public bool FailsNextReservedPasid { get; set; }

    /// <summary>It is attached to a first stage of a vIOMMU, where it has this virtual id; null when it is not.</summary>
    public void StandIn(Viommu? viommu, ulong virtualId)
    {
        lock (_viommuLock)
        {
            _viommu = viommu;
            _virtualId = virtualId;
        }
    }

    /// <summary>iommufd_test_trigger_vevent: an event about the device in its vIOMMU. ENOENT when it is in none, or has the virtual id 0.</summary>
    public Errno ReportEvent()
    {
        lock (_viommuLock)
        {
            if (_viommu is null || _virtualId == 0)
            {
                return Errno.ENOENT;
            }

            IommuViommuEventSelftest happened = new() { VirtId = (uint)_virtualId };
            return _viommu.ReportEvent(IommufdTestUapi.IOMMU_VEVENTQ_TYPE_SELFTEST, StructBytes.AsBytes(ref happened));
        }
    }
}
