using System.Globalization;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.IommuCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd.Test;

/// <summary>A device behind the mock IOMMU: it does no DMA, it is attached. Linux: struct mock_dev.</summary>
internal sealed class MockDevice : SoftDevice
{
    private readonly uint _flags;

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

    /// <inheritdoc/>
    public override bool CanTrackDirty => (_flags & IommufdTestUapi.MOCK_FLAGS_DEVICE_NO_DIRTY) == 0;

    /// <summary>mock_domain_nop_attach: a device that cannot track dirty pages refuses a table that does.</summary>
    public override bool Accepts(IommuDomain domain) => (!domain.CanTrackDirty || CanTrackDirty) && base.Accepts(domain);
}
