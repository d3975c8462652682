using System.Globalization;
using Vfio.Nvme;

namespace Vfio.Cli.Probing;

/// <summary>Opens functions one at a time, looks at each, tests it where its kind is known, and hands it back.</summary>
internal sealed class Prober(VfioHost host, DevicePolicy policy, CancellationToken cancellation)
{
    private readonly IReadOnlyList<IDeviceTest> _tests = [new EduTest(), new NvmeTest(), new UnknownDeviceTest()];

    /// <summary>One function. A device that does not open, or breaks off, is a report and not an exception.</summary>
    /// <exception cref="OperationCanceledException">The command shall end; the device was handed back.</exception>
    public ProbeReport Probe(DeviceFacts facts)
    {
        cancellation.ThrowIfCancellationRequested();
        InterfacePlan plan = InterfacePlan.Decide(facts, policy);
        OpenedReport? opened = null;
        try
        {
            using VfioDevice device = host.Open(facts.Function.Address, policy);
            plan = device.Plan ?? plan;
            opened = Describe(device);
            opened = opened with { Checks = _tests.First(t => t.Knows(facts.Function)).Run(device, cancellation) };
            return new(facts, plan, opened, null);
        }
        catch (IOException e) when (e is VfioException or NvmeException)
        {
            return new(facts, plan, opened, e);
        }
    }

    private static OpenedReport Describe(VfioDevice device)
    {
        const string notReached = "the test broke off before";
        return new()
        {
            Interface = device.Interface,
            Coherency = device.Coherency,
            Regions = [.. device.Regions.Where(r => r.Size != 0).Select(r => new RegionReport(Names.OfRegion(r.Index), r.Size, Access(r.Flags)))],
            Interrupts = [.. ((InterruptKind[])[InterruptKind.Intx, InterruptKind.Msi, InterruptKind.Msix])
                .Select(device.GetInterruptInfo)
                .Where(i => i.Count > 0)
                .Select(i => i.Kind == InterruptKind.Intx ? "INTx" : string.Create(CultureInfo.InvariantCulture, $"{Names.Of(i.Kind)} ({i.Count} {(i.Count == 1 ? "vector" : "vectors")})"))],
            Capabilities = [.. device.Config.ReadCapabilities().Concat(device.Config.ReadExtendedCapabilities())
                .Select(c => string.Create(CultureInfo.InvariantCulture, $"{Names.Of(c)} (0x{c.Offset:x2})"))],
            IovaRanges = device.GetIovaRanges().Ranges,
            Checks = new(Check.NotDone("registers", notReached), Check.NotDone("DMA", notReached), 0, Check.NotDone("interrupt", notReached)),
        };
    }

    private static string Access(RegionFlags flags) => flags switch
    {
        _ when flags.HasFlag(RegionFlags.Mmap) => "mapped",
        _ when flags.HasFlag(RegionFlags.Write) => "read/write",
        _ => "read only",
    };
}
