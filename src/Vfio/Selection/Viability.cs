namespace Vfio;

/// <summary>A group is viable when no function in it is held by a driver that uses the kernel's own DMA.</summary>
internal static class Viability
{
    public const string Advice =
        "Bind those too (vfio bind ADDRESS), or unbind them from their drivers: the IOMMU cannot fence the functions of one group off from each other.";

    /// <summary>"Group 4 is not viable: 0000:00:1f.2 is held by ahci."; null where it is viable.</summary>
    /// <param name="group">The group.</param>
    /// <param name="except">A function that is dealt with elsewhere.</param>
    public static string? Describe(IommuGroup group, PciAddress? except = null)
    {
        string[] blockers =
        [
            .. group.Blockers.Where(function => function.Address != except).Select(function => $"{function.Address} is held by {function.Driver}"),
        ];
        return blockers.Length == 0 ? null : $"Group {group.Id} is not viable: {string.Join(", ", blockers)}.";
    }
}
