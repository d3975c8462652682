namespace Vfio;

/// <summary>Looks for what is in use on a function: disks with file systems, swap, LVM or RAID on them; the default route; the boot display.</summary>
internal sealed class HazardFinder(SystemTree tree)
{
    public IReadOnlyList<BindingHazard> Find(PciAddress address)
    {
        List<string> found = [];
        if (tree.ReadText($"{FunctionReader.DirectoryOf(address)}/boot_vga") == "1")
        {
            found.Add("the boot display");
        }

        found.AddRange(new RouteHazards(tree).Find(address));
        found.AddRange(new BlockHazards(tree).Find(address));
        return [.. found.Select(what => new BindingHazard(address, what))];
    }
}
