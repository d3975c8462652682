using System.Globalization;
using System.Text;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Iommufd.Test;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>/sys/class/iommu and /sys/kernel/iommu_groups. Linux: drivers/iommu/iommu-sysfs.c, drivers/iommu/iommu.c.</summary>
internal static class IommuDirectories
{
    /// <summary>Adds an IOMMU's directory and its entry in the class.</summary>
    public static void AddUnit(SoftTree tree, IommuTopology iommu, IEnumerable<BusFunction> functions)
    {
        string directory = DirectoryOf(iommu);
        tree.AddDirectory($"{directory}/devices");
        tree.AddLink($"{directory}/subsystem", "/sys/class/iommu");
        tree.AddText($"{directory}/uevent", 0x1A4, () => "", _ => Errno.None);
        tree.AddLink($"/sys/class/iommu/{iommu.Name}", directory);
        if (iommu.DevicePath is { } path && path.EndsWith($"/iommu/{iommu.Name}", StringComparison.Ordinal))
        {
            tree.AddLink($"{directory}/device", directory[..^$"/iommu/{iommu.Name}".Length]);
        }

        if (iommu.Kind == "intel")
        {
            tree.AddText($"{directory}/intel-iommu/cap", 0x124, () => string.Create(CultureInfo.InvariantCulture, $"{iommu.Cap:x}\n"));
            tree.AddText($"{directory}/intel-iommu/ecap", 0x124, () => string.Create(CultureInfo.InvariantCulture, $"{iommu.Ecap:x}\n"));
        }

        foreach ((string name, FileTopology file) in iommu.Files)
        {
            tree.AddTopologyFile($"{directory}/{name}", file);
        }

        foreach (BusFunction function in functions)
        {
            tree.AddLink($"{directory}/devices/{function.Device.Name}", function.Path);
            tree.AddLink($"{function.Path}/iommu", directory);
        }
    }

    /// <summary>Adds the mock IOMMU of a kernel with CONFIG_IOMMUFD_TEST. Linux: drivers/iommu/iommufd/selftest.c iommufd_test_init.</summary>
    public static void AddMockUnit(SoftTree tree)
    {
        const string Device = "/sys/devices/platform/" + TestModule.UnitName;
        const string Alias = "platform:iommufd_selftest_iommu";
        const string Unit = Device + "/iommu/" + TestModule.UnitName;
        tree.AddText($"{Device}/modalias", 0x124, () => Alias + "\n");
        tree.AddText($"{Device}/uevent", 0x1A4, () => $"MODALIAS={Alias}\n", _ => Errno.None);
        tree.AddLink($"{Unit}/device", Device);
        tree.AddLink($"{Unit}/subsystem", "/sys/class/iommu");
        tree.AddText($"{Unit}/uevent", 0x1A4, () => "", _ => Errno.None);
        tree.AddDirectory($"{Unit}/devices");
        tree.AddLink($"/sys/class/iommu/{TestModule.UnitName}", Unit);
    }

    /// <summary>Adds a group's directory.</summary>
    public static void AddGroup(SoftTree tree, IommuGroup group, string defaultDomain, PciBus bus)
    {
        string directory = DirectoryOf(group.Id);
        string type = defaultDomain;
        tree.AddText($"{directory}/reserved_regions", 0x124, () => Regions(group));
        tree.AddText($"{directory}/type", 0x1A4, () => $"{type}\n", text => SetType(group, text.TrimEnd('\n'), defaultDomain, ref type));
        foreach (SoftDevice device in group.Devices)
        {
            AddMemberLinks(tree, group.Id, device.Name, bus.Find(device.Name)!.Path);
        }
    }

    /// <summary>A function that has come onto the bus: its group, which may be new, and its IOMMU's list.</summary>
    public static void AddMember(SoftMachine machine, BusFunction function)
    {
        if (function.Device.Group is not { } group)
        {
            return;
        }

        IommuTopology iommu = machine.Topology.Iommus.First(unit => unit.Name == function.Topology.Iommu);
        string directory = DirectoryOf(iommu);
        machine.Tree.AddLink($"{directory}/devices/{function.Device.Name}", function.Path);
        machine.Tree.AddLink($"{function.Path}/iommu", directory);
        if (group.Devices.Count == 1)
        {
            AddGroup(machine.Tree, group, iommu.DefaultDomain, machine.Bus);
        }
        else
        {
            AddMemberLinks(machine.Tree, group.Id, function.Device.Name, function.Path);
        }
    }

    /// <summary>A function that leaves the bus; its group's directory goes with its last one.</summary>
    public static void RemoveMember(SoftMachine machine, BusFunction function)
    {
        if (function.Device.Group is not { } group)
        {
            return;
        }

        IommuTopology iommu = machine.Topology.Iommus.First(unit => unit.Name == function.Topology.Iommu);
        machine.Tree.Remove($"{DirectoryOf(iommu)}/devices/{function.Device.Name}");
        RemoveMember(machine.Tree, group.Id, function.Device.Name, function.Path, isLast: group.Devices.Count == 1);
    }

    /// <summary>The group that VFIO makes for a device without an IOMMU. Linux: vfio_noiommu_group_alloc.</summary>
    public static void AddNoIommuGroup(SoftTree tree, int id, string name, string path)
    {
        string directory = DirectoryOf(id);
        tree.AddText($"{directory}/name", 0x124, static () => "vfio-noiommu\n");
        tree.AddText($"{directory}/reserved_regions", 0x124, static () => "");
        tree.AddText($"{directory}/type", 0x1A4, static () => "unknown\n", static _ => Errno.EINVAL);
        AddMemberLinks(tree, id, name, path);
    }

    /// <summary>Takes a member away, and the group's directory with the last.</summary>
    public static void RemoveMember(SoftTree tree, int id, string name, string path, bool isLast)
    {
        tree.Remove($"{path}/iommu_group");
        tree.Remove(isLast ? DirectoryOf(id) : $"{DirectoryOf(id)}/devices/{name}");
    }

    private static void AddMemberLinks(SoftTree tree, int id, string name, string path)
    {
        tree.AddLink($"{DirectoryOf(id)}/devices/{name}", path);
        tree.AddLink($"{path}/iommu_group", DirectoryOf(id));
    }

    private static string DirectoryOf(int id) => string.Create(CultureInfo.InvariantCulture, $"/sys/kernel/iommu_groups/{id}");

    private static string DirectoryOf(IommuTopology iommu) => "/sys/devices/" + (iommu.DevicePath ?? $"virtual/iommu/{iommu.Name}");

    // iommu_insert_resv_region: sorted by start, one of each.
    private static string Regions(IommuGroup group)
    {
        var text = new StringBuilder();
        foreach (ReservedRegion region in group.Devices.SelectMany(device => device.ReservedRegions).Distinct().OrderBy(region => region.Start))
        {
            text.Append(CultureInfo.InvariantCulture, $"0x{region.Start:x16} 0x{region.Last:x16} {Name(region.Kind)}\n");
        }

        return text.ToString();
    }

    private static string Name(ReservedRegionKind kind) => kind switch
    {
        ReservedRegionKind.Direct => "direct",
        ReservedRegionKind.DirectRelaxable => "direct-relaxable",
        ReservedRegionKind.Reserved => "reserved",
        _ => "msi",
    };

    // iommu_group_store_type: a driver must not hold any of the group's functions.
    private static Errno SetType(IommuGroup group, string text, string defaultDomain, ref string type)
    {
        if (text is not ("identity" or "DMA" or "DMA-FQ" or "auto"))
        {
            return Errno.EINVAL;
        }

        if (group.Devices.Any(device => device.DriverName is not null))
        {
            return Errno.EBUSY;
        }

        type = text == "auto" ? defaultDomain : text;
        return Errno.None;
    }
}
