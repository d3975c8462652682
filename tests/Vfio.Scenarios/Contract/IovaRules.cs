using Vfio.Scenarios.Raw;
using Vfio.Uapi;

namespace Vfio.Scenarios.Contract;

/// <summary>What an IOAS takes and refuses, before and after a device brings an IOMMU with it.</summary>
public static class IovaRules
{
    private const uint Fixed = IommufdUapi.IOMMU_IOAS_MAP_FIXED_IOVA;
    private const uint ReadWrite = IommufdUapi.IOMMU_IOAS_MAP_READABLE | IommufdUapi.IOMMU_IOAS_MAP_WRITEABLE;
    private const ulong Iova = 0x10_0000;

    /// <summary>The scenario.</summary>
    public static Scenario Scenario { get; } = new("an IOAS and its IOVAs", Run);

    private static void Run(ScenarioContext context)
    {
        using RawPages pages = new(context.Calls, 4 * 4096);
        using RawKernel kernel = new(context.Calls);
        var (iommufd, _, _, ioas) = kernel.OpenByNode();
        ulong memory = (ulong)pages.Address;

        context.Answers("ENOENT", kernel.Map(iommufd, 999, memory, 4096, Iova), "MAP into an IOAS that is not there");
        context.Answers("EOPNOTSUPP", kernel.Map(iommufd, ioas, memory, 4096, Iova, 0x80), "MAP with an unknown flag");
        context.Answers("EINVAL", kernel.Map(iommufd, ioas, memory, 4096, Iova, Fixed), "MAP neither readable nor writable");
        context.Answers("EOVERFLOW", kernel.Map(iommufd, ioas, memory, 4096, ulong.MaxValue), "MAP at the last IOVA");
        context.Answers("EOVERFLOW", kernel.Map(iommufd, ioas, memory, 4096, ulong.MaxValue, ReadWrite), "MAP, any IOVA, the field at its last");
        context.Answers("EOVERFLOW", kernel.Map(iommufd, ioas, memory, ulong.MaxValue, Iova), "MAP of the longest length");
        context.Answers("EINVAL", kernel.Map(iommufd, ioas, memory, 0, Iova), "MAP of nothing");
        context.Answers("EINVAL", kernel.Map(iommufd, ioas, memory, 4095, Iova), "MAP of less than a page");
        context.Answers("EINVAL", kernel.Map(iommufd, ioas, memory, 4096, Iova + 1), "MAP at a misaligned IOVA");
        context.Answers("EINVAL", kernel.Map(iommufd, ioas, memory + 8, 4096, Iova), "MAP of misaligned memory");
        context.Answers("EOVERFLOW", kernel.Map(iommufd, ioas, memory, 8192, ulong.MaxValue - 4095), "MAP over the end of the space");
        context.Answers("EINVAL", kernel.Map(iommufd, ioas, memory, 4096, 0xfee0_0000), "MAP over the MSI window");
        context.Answers("EFAULT", kernel.Map(iommufd, ioas, 0x1000, 4096, Iova), "MAP of memory that is not there");
        context.Answers("EFAULT", kernel.Map(iommufd, ioas, 0xffff_8000_0000_0000, 4096, Iova), "MAP of the kernel's memory");

        context.Answers("0", kernel.Map(iommufd, ioas, memory, 8192, Iova));
        context.Answers("EEXIST", kernel.Map(iommufd, ioas, memory, 4096, Iova + 4096), "MAP over a mapping");
        ulong length = 4096;
        context.Answers("ENOENT", kernel.Unmap(iommufd, ioas, Iova, ref length), "UNMAP of half a mapping");
        length = 4096;
        context.Answers("ENOENT", kernel.Unmap(iommufd, ioas, Iova + 0x10_0000, ref length), "UNMAP of nothing");
        length = 0;
        context.Answers("EINVAL", kernel.Unmap(iommufd, ioas, Iova, ref length), "UNMAP of no length");
        length = 0x10_0000;
        context.Answers("0", kernel.Unmap(iommufd, ioas, Iova - 4096, ref length), "UNMAP of a span with a mapping in it");
        ScenarioContext.Equal(8192ul, length);
        length = ulong.MaxValue;
        context.Answers("0", kernel.Unmap(iommufd, ioas, 0, ref length), "UNMAP of everything");
        ScenarioContext.Equal(0ul, length);

        // Without a device nothing is pinned, so memory that is not there is found out at attach. Linux: iopt_map_user_pages.
        uint idle = kernel.AllocateIoas(iommufd);
        context.Answers("0", kernel.Map(iommufd, idle, 0x1000, 4096, Iova), "MAP of bad memory where nothing is attached");
        context.Answers("0", kernel.Map(iommufd, idle, memory, 4096, 0xfee0_0000), "MAP over the MSI window where nothing is attached");
    }
}
