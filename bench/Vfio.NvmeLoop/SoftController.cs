using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Topology;

namespace Vfio.NvmeLoop;

/// <summary>A machine in this process whose NVMe controller reads zeros and forgets what is written; its doorbells are mapped.</summary>
internal sealed class SoftController : IDisposable
{
    private const string Address = "0000:00:02.0";

    private readonly SoftMachine _machine;

    public SoftController()
    {
        MachineTopology topology = SoftTopologies.Load("q35-intel");
        FunctionTopology function = topology.Functions.First(static function => function.Address == Address);
        function.Model = "nvme";
        function.Driver = "vfio-pci";
        function.Store = new StoreTopology { Kind = "null" };
        function.Bars[0].Shared = true;
        _machine = new SoftMachine(topology, VfioHost.Local.Calls);
        Device = new VfioHost(new SoftSystemCalls(_machine)).Open(PciAddress.Parse(Address, null));
    }

    public VfioDevice Device { get; }

    public void Dispose()
    {
        Device.Dispose();
        _machine.Dispose();
    }
}
