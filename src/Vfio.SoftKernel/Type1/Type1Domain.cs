using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.VfioCore;

namespace Vfio.SoftKernel.Type1;

/// <summary>An I/O page table and the groups behind it. Linux: struct vfio_domain.</summary>
/// <param name="Domain">The page table.</param>
internal sealed record Type1Domain(IommuDomain Domain)
{
    /// <summary>The groups behind it; one at least.</summary>
    public List<VfioGroup> Groups { get; } = [];
}
