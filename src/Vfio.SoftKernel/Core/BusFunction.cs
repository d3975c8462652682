using Vfio.Hardware.Pci;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.Topology;

namespace Vfio.SoftKernel.Core;

/// <summary>A PCI function on the bus. Linux: struct pci_dev.</summary>
/// <param name="topology">What it was built from.</param>
/// <param name="device">Its struct device.</param>
/// <param name="path">Its directory in sysfs.</param>
internal sealed class BusFunction(FunctionTopology topology, SoftDevice device, string path)
{
    // What the driver had switched on when the machine was recorded; it does so again whenever it is bound.
    private readonly ushort _drivenCommand = topology.Driver is not null && topology.Driver == Matching(topology)
        ? device.Model.Config.Get16(PciRegisters.Command)
        : (ushort)(device.Model.Config.Get16(PciRegisters.Command) | PciRegisters.CommandMaster);

    /// <summary>What it was built from.</summary>
    public FunctionTopology Topology { get; } = topology;

    /// <summary>What plays it.</summary>
    public PciModel Model => Device.Model;

    /// <summary>Its struct device.</summary>
    public SoftDevice Device { get; } = device;

    /// <summary>Its directory in sysfs: /sys/devices/pci0000:00/0000:00:01.0.</summary>
    public string Path { get; } = path;

    /// <summary>device_lock: held while a driver is bound or unbound, and by nothing that a driver's remove waits for.</summary>
    public Lock DeviceLock { get; } = new();

    /// <summary>The driver whose id table has it; null: none.</summary>
    public string? MatchingDriver { get; } = Matching(topology);

    /// <summary>pci_dev.enable_cnt, as far as sysfs's <c>enable</c> and the matching driver change it.</summary>
    public int EnableCount { get; set; } = topology.EnableCount;

    /// <summary>Its SR-IOV capability; null where it cannot have virtual functions.</summary>
    public SriovCapability? Sriov { get; } = topology.VfConfig.IsEmpty ? null : SriovCapability.Find(device.Model.Config);

    /// <summary>Its virtual functions while they are on. Under the lock of <see cref="PciHotplug"/>.</summary>
    public IReadOnlyList<BusFunction> VirtualFunctions { get; set; } = [];

    /// <summary>pci_sriov.drivers_autoprobe: virtual functions are offered to drivers as they come.</summary>
    public bool ProbesVirtualFunctions { get; set; } = true;

    /// <summary>What the matching driver's probe does to the function: on, and a bus master.</summary>
    public void Start()
    {
        Model.WriteConfig(PciRegisters.Command, [(byte)_drivenCommand, (byte)(_drivenCommand >> 8)]);
        EnableCount++;
    }

    /// <summary>What its remove does: bus mastering, MSI and MSI-X off.</summary>
    public void Stop()
    {
        int command = Model.Config.Get16(PciRegisters.Command) & ~(PciRegisters.CommandMaster | PciRegisters.CommandIntxDisable);
        Model.WriteConfig(PciRegisters.Command, [(byte)command, (byte)(command >> 8)]);
        Disable(PciRegisters.CapabilityMsi, PciRegisters.MsiFlags, PciRegisters.MsiFlagsEnable);
        Disable(PciRegisters.CapabilityMsix, PciRegisters.MsixFlags, PciRegisters.MsixFlagsEnable);
        EnableCount = Math.Max(EnableCount - 1, 0);
    }

    private static string? Matching(FunctionTopology topology)
        => topology.MatchingDriver ?? (topology.Driver == PciBus.VfioPci ? null : topology.Driver);

    private void Disable(byte capability, int register, ushort enable)
    {
        if (Model.Config.FindCapability(capability) is int at and not 0)
        {
            Model.Config.Change16(at + register, enable, 0);
        }
    }
}
