using System.Collections.Concurrent;
using System.Globalization;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Topology;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>VFIO's device classes as sysfs and devtmpfs show them: vfio-dev and vfio. Linux: device_add in vfio_main.c and group.c.</summary>
/// <param name="machine">Whose tree and nodes they are.</param>
internal sealed class VfioClass(SoftMachine machine) : IVfioClass
{
    private readonly NodeNumbers _numbers = machine.Topology.Nodes;

    // Paths outlive the function on the bus: the last close may come after it is gone.
    private readonly ConcurrentDictionary<VfioCoreDevice, string> _paths = new();
    private readonly ConcurrentDictionary<VfioGroup, (string Name, string Path)> _noIommuMembers = new();

    /// <inheritdoc/>
    public void AddDevice(VfioCoreDevice device)
    {
        string name = Name(device);
        _paths[device] = machine.Bus.Find(device.Device.Name)!.Path;
        string directory = Directory(device);
        machine.Tree.AddDirectory(directory);
        if (device.HasNode)
        {
            Numbers(directory, _numbers.DeviceMajor, (uint)device.Index, $"vfio/devices/{name}");
        }
        else
        {
            machine.Tree.AddText($"{directory}/uevent", 0x1A4, () => "", Ignore);
        }

        machine.Tree.AddLink($"{directory}/device", _paths[device]);
        machine.Tree.AddLink($"{directory}/subsystem", "/sys/class/vfio-dev");
        machine.Tree.AddLink($"/sys/class/vfio-dev/{name}", directory);
        if (device.Group.IsNoIommu)
        {
            _noIommuMembers[device.Group] = (device.Device.Name, _paths[device]);
            IommuDirectories.AddNoIommuGroup(machine.Tree, device.Group.Id, device.Device.Name, _paths[device]);
        }

        if (device.HasNode)
        {
            FileStatus status = default;
            status = machine.Nodes.Add($"/dev/vfio/devices/{name}", _numbers.DeviceMajor, (uint)device.Index, _numbers.DeviceMode,
                (_, _) => device.Open(status));
        }
    }

    /// <inheritdoc/>
    public void RemoveDevice(VfioCoreDevice device)
    {
        string name = Name(device);
        if (device.HasNode)
        {
            machine.Nodes.Remove($"/dev/vfio/devices/{name}");
        }

        machine.Tree.Remove($"/sys/class/vfio-dev/{name}");
        machine.Tree.RemoveWithEmptyParents(Directory(device));
        _paths.TryRemove(device, out _);
    }

    /// <inheritdoc/>
    public void AddGroup(VfioGroup group)
    {
        string directory = $"/sys/devices/virtual/vfio/{group.Name}";
        Numbers(directory, _numbers.GroupMajor, (uint)group.Minor, $"vfio/{group.Name}");
        machine.Tree.AddLink($"{directory}/subsystem", "/sys/class/vfio");
        machine.Tree.AddLink($"/sys/class/vfio/{group.Name}", directory);
        FileStatus status = default;
        status = machine.Nodes.Add($"/dev/vfio/{group.Name}", _numbers.GroupMajor, (uint)group.Minor, _numbers.GroupMode,
            (task, _) => group.Open(task, status));
    }

    /// <inheritdoc/>
    public void RemoveGroup(VfioGroup group)
    {
        machine.Nodes.Remove($"/dev/vfio/{group.Name}");
        machine.Tree.Remove($"/sys/class/vfio/{group.Name}");
        machine.Tree.RemoveWithEmptyParents($"/sys/devices/virtual/vfio/{group.Name}");
        if (_noIommuMembers.TryRemove(group, out (string Name, string Path) member))
        {
            IommuDirectories.RemoveMember(machine.Tree, group.Id, member.Name, member.Path, isLast: true);
        }
    }

    private static string Name(VfioCoreDevice device) => string.Create(CultureInfo.InvariantCulture, $"vfio{device.Index}");

    private string Directory(VfioCoreDevice device) => $"{_paths[device]}/vfio-dev/{Name(device)}";

    private void Numbers(string directory, uint major, uint minor, string node)
    {
        machine.Tree.AddText($"{directory}/dev", 0x124, () => string.Create(CultureInfo.InvariantCulture, $"{major}:{minor}\n"));
        machine.Tree.AddText($"{directory}/uevent", 0x1A4,
            () => string.Create(CultureInfo.InvariantCulture, $"MAJOR={major}\nMINOR={minor}\nDEVNAME={node}\n"), Ignore);
    }

    private static Errno Ignore(string text) => Errno.None;
}
