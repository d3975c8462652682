using Vfio.Hardware.Iommus;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd.Test;

/// <summary>A first stage that translates nothing, with a cache to be invalidated. Linux: struct mock_iommu_domain_nested.</summary>
internal sealed class MockNestedDomain : NestedDomain
{
    /// <param name="parent">The second stage.</param>
    /// <param name="viommu">The vIOMMU it was made in; null when it stands on a page table alone.</param>
    /// <param name="iotlb">What each entry of the cache holds.</param>
    public MockNestedDomain(IommuDomain parent, Viommu? viommu, uint iotlb)
        : base(parent)
    {
        Viommu = viommu;
        Array.Fill(Iotlb, iotlb);
    }

    /// <summary>The vIOMMU it was made in.</summary>
    public Viommu? Viommu { get; }

    /// <summary>The cache that MD_CHECK_IOTLB looks at.</summary>
    public uint[] Iotlb { get; } = new uint[IommufdTestUapi.MOCK_NESTED_DOMAIN_IOTLB_NUM];

    /// <summary>Mock devices make no requests.</summary>
    protected override bool TryTranslate(ulong address, bool write, out ulong parentAddress, out ulong room)
    {
        parentAddress = 0;
        room = 0;
        return false;
    }
}
