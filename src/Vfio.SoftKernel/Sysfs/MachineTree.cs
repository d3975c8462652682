using System.Globalization;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>Puts a machine's tree together, before its first driver is bound.</summary>
internal static class MachineTree
{
    private static readonly HashSet<string> s_fixedParameters = new(StringComparer.Ordinal) { "vfio_pci/disable_denylist" };

    /// <summary>Adds everything the topology and the bus have.</summary>
    public static void Build(SoftMachine machine)
    {
        SoftTree tree = machine.Tree;
        PciBus bus = machine.Bus;
        foreach (string directory in new[] { "/sys/bus/pci/slots", "/sys/class/iommu", "/sys/class/vfio", "/sys/class/vfio-dev", "/sys/block", "/sys/kernel/iommu_groups" })
        {
            tree.AddDirectory(directory);
        }

        Bus(tree, bus, machine.Hotplug);
        foreach (BusFunction function in bus.Functions)
        {
            FunctionDirectory.Add(machine, function);
        }

        foreach (IommuTopology iommu in machine.Topology.Iommus)
        {
            IommuDirectories.AddUnit(tree, iommu, bus.Functions.Where(function => function.Topology.Iommu == iommu.Name));
        }

        if (machine.Iommufd.Test is not null)
        {
            IommuDirectories.AddMockUnit(tree);
        }

        foreach (IommuGroup group in machine.Groups.Values.OrderBy(static group => group.Id))
        {
            string? iommu = bus.Find(group.Devices[0].Name)!.Topology.Iommu;
            IommuDirectories.AddGroup(tree, group, machine.Topology.Iommus.First(unit => unit.Name == iommu).DefaultDomain, bus);
        }

        Misc(machine);
        Kernel(machine);
        bus.DriverChanged = (function, driver, bound) => FunctionDirectory.DriverChanged(tree, function, driver, bound);
        foreach ((string path, FileTopology file) in machine.Topology.Files)
        {
            tree.AddTopologyFile(path, file);
        }

        // What drivers make must have room beside everything else, whichever are bound: found out now and not at some later bind.
        foreach (BusFunction function in bus.Functions)
        {
            FunctionDirectory.AddDriverFiles(tree, function);
        }

        foreach (BusFunction function in bus.Functions)
        {
            FunctionDirectory.RemoveDriverFiles(tree, function);
        }
    }

    /// <summary>Adds a file that only says what the topology put into it.</summary>
    public static void AddTopologyFile(this SoftTree tree, string path, FileTopology file)
    {
        if (file.IsDirectory)
        {
            tree.AddDirectory(path);
        }
        else if (file.BlockDevice is { } numbers)
        {
            tree.Add(path, new TreeBlockDevice(tree.FileSystemOf(path), file.Mode, numbers.Major, numbers.Minor));
        }
        else if (file.Link is { } target)
        {
            tree.Add(path, new TreeLink(tree.FileSystemOf(path), target));
        }
        else
        {
            tree.Add(path, new BytesFile(tree.FileSystemOf(path), file.Mode, file.Content, file.IsText));
        }
    }

    private static void Bus(SoftTree tree, PciBus bus, PciHotplug hotplug)
    {
        const ushort WriteOnly = 0x80;
        const ushort ReadWrite = 0x1A4;
        string autoprobe = "1\n";
        string alignment = "";
        tree.AddDirectory("/sys/bus/pci/devices");
        tree.AddText("/sys/bus/pci/drivers_probe", WriteOnly, null, bus.ProbeByName);
        tree.AddText("/sys/bus/pci/drivers_autoprobe", ReadWrite, () => autoprobe, text => Keep(ref autoprobe, text[0] == '0' ? "0\n" : "1\n"));
        tree.AddText("/sys/bus/pci/resource_alignment", ReadWrite, () => alignment, text => Keep(ref alignment, text));
        tree.AddText("/sys/bus/pci/rescan", WriteOnly, null, hotplug.Rescan);
        tree.AddText("/sys/bus/pci/uevent", WriteOnly, null, _ => Errno.None);
        foreach (string driver in bus.Drivers)
        {
            string directory = $"/sys/bus/pci/drivers/{driver}";
            tree.AddText($"{directory}/bind", WriteOnly, null, text => bus.Bind(driver, text));
            tree.AddText($"{directory}/unbind", WriteOnly, null, text => bus.Unbind(driver, text));
            tree.AddText($"{directory}/new_id", WriteOnly, null, text => bus.AddId(driver, text));
            tree.AddText($"{directory}/remove_id", WriteOnly, null, text => bus.RemoveId(driver, text));
            tree.AddText($"{directory}/uevent", WriteOnly, null, _ => Errno.None);
        }
    }

    // misc_register. Linux: drivers/iommu/iommufd/main.c, drivers/vfio/container.c.
    private static void Misc(SoftMachine machine)
    {
        NodeNumbers numbers = machine.Topology.Nodes;
        List<(string Name, uint Minor, string Node)> devices =
        [
            ("iommu", numbers.IommuMinor, "DEVNAME=iommu\nDEVMODE=0660\n"),
            ("vfio", numbers.ContainerMinor, "DEVNAME=vfio/vfio\nDEVMODE=0666\n"),
        ];
        if (machine.Topology.Kernel.Kvm)
        {
            devices.Add(("kvm", numbers.KvmMinor, "DEVNAME=kvm\n"));
            machine.Tree.AddDirectory("/sys/kernel/debug/kvm");
        }

        foreach ((string name, uint minor, string node) in devices)
        {
            string directory = $"/sys/devices/virtual/misc/{name}";
            string both = string.Create(CultureInfo.InvariantCulture, $"MAJOR={numbers.MiscMajor}\nMINOR={minor}\n");
            machine.Tree.AddText($"{directory}/dev", 0x124, () => string.Create(CultureInfo.InvariantCulture, $"{numbers.MiscMajor}:{minor}\n"));
            machine.Tree.AddText($"{directory}/uevent", 0x1A4, () => both + node, _ => Errno.None);
            machine.Tree.AddLink($"{directory}/subsystem", "/sys/class/misc");
            machine.Tree.AddLink($"/sys/class/misc/{name}", directory);
        }
    }

    private static void Kernel(SoftMachine machine)
    {
        KernelTopology kernel = machine.Topology.Kernel;
        machine.Tree.AddText("/proc/cmdline", 0x124, () => $"{kernel.CommandLine}\n");
        machine.Tree.Add("/proc/self/status", new StatusFile(machine.Tree.FileSystemOf("/proc/self/status")));
        machine.Tree.AddText("/proc/sys/kernel/osrelease", 0x124, () => $"{kernel.Release}\n");
        foreach ((string module, IReadOnlyDictionary<string, string> parameters) in kernel.Modules)
        {
            machine.Tree.AddDirectory($"/sys/module/{module}");
            foreach (string parameter in parameters.Keys)
            {
                bool isFixed = s_fixedParameters.Contains($"{module}/{parameter}");
                machine.Tree.AddText($"/sys/module/{module}/parameters/{parameter}", isFixed ? (ushort)0x124 : (ushort)0x1A4,
                    () => $"{machine.Parameters.Get(module, parameter)}\n",
                    isFixed ? null : text => machine.Parameters.Set(module, parameter, text));
            }
        }
    }

    private static Errno Keep(ref string place, string text)
    {
        place = text;
        return Errno.None;
    }
}
