using Vfio.Hardware.Models;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Topology;

namespace Vfio.Nvme.Tests;

/// <summary>A machine with an NVMe controller of 64 MiB, and the controller opened.</summary>
internal sealed class SoftController : IDisposable
{
    public const int Size = 64 << 20;
    private const string Address = "0000:00:02.0";

    private readonly SoftMachine _machine;

    public SoftController(int blockSize = 512, string store = "memory", bool isMapped = false)
    {
        MachineTopology topology = SoftTopologies.Load("q35-intel");
        FunctionTopology function = topology.Functions.First(function => function.Address == Address);
        function.Model = "nvme";
        function.Driver = "vfio-pci";
        function.Store = new StoreTopology { Kind = store, Size = Size, BlockSize = blockSize };
        function.Bars[0].Shared = isMapped;
        _machine = new SoftMachine(topology, VfioHost.Local.Calls);
        Model = (NvmeModel)_machine.ModelOf(Address);
        Calls = new WatchedCalls(new SoftSystemCalls(_machine));
        Device = new VfioHost(Calls).Open(PciAddress.Parse(Address, null));
    }

    public VfioDevice Device { get; }

    /// <summary>What the device is reached by.</summary>
    public WatchedCalls Calls { get; }

    /// <summary>The controller itself.</summary>
    public NvmeModel Model { get; }

    /// <summary>Pulls it out.</summary>
    public void Unplug() => _machine.Unplug(Address);

    public void Dispose()
    {
        Device.Dispose();
        _machine.Dispose();
    }
}
