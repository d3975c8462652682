using System.CommandLine;
using Vfio.Cli.Hosting;
using Vfio.Cli.Json;
using Vfio.Cli.Probing;
using Vfio.Cli.Rendering;

namespace Vfio.Cli.Commands;

/// <summary>`vfio probe [BDF]`: opens functions, shows what they offer, and proves DMA and interrupts where it knows the device. Binds and unbinds nothing.</summary>
internal sealed class ProbeCommand : Command
{
    private readonly CommandEnvironment _environment;
    private readonly GlobalOptions _options;
    private readonly AddressArgument _address = new(required: false);

    public ProbeCommand(CommandEnvironment environment, GlobalOptions options)
        : base("probe", "Open functions, show what they offer, and prove DMA and interrupts")
    {
        _environment = environment;
        _options = options;
        Add(_address);
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        string? soft = _options.SoftName(result);
        Echo echo = new(soft);
        using Machine machine = _environment.OpenMachine(soft);
        Prober prober = new(machine.Host, _options.Policy(result), _environment.Cancellation);
        bool json = result.GetValue(_options.Json);
        return result.GetValue(_address) is { } address
            ? ProbeOne(prober, KnownFunction.Examine(machine.Host, address, echo), echo, json)
            : ProbeAll(prober, machine.Host, echo, json);
    }

    private int ProbeOne(Prober prober, DeviceFacts facts, Echo echo, bool json)
    {
        ProbeReport report = prober.Probe(facts);
        if (json)
        {
            JsonOutput.Write(_environment.Terminal.Out, JsonProbe.Of(report));
        }
        else if (report.Opened is not null)
        {
            new ProbeView(_environment.Terminal.Screen, echo).Show(report);
        }

        _environment.Terminal.Out.Flush();
        return report.Failure is { } failure ? throw failure : report.Ok ? ExitCode.Done : ExitCode.Failed;
    }

    private int ProbeAll(Prober prober, VfioHost host, Echo echo, bool json)
    {
        List<DeviceFacts> machine = [.. host.ExamineAll()];
        List<DeviceFacts> bound = machine.FindAll(f => f.Function.IsVfioBound);
        ProbeView view = new(_environment.Terminal.Screen, echo);
        List<ProbeReport> reports = [];
        foreach (DeviceFacts facts in bound)
        {
            ProbeReport report = prober.Probe(facts);
            reports.Add(report);
            if (!json)
            {
                view.Show(report);
                // Each device as it is done: a slow one, or a signal, does not hide those before it.
                _environment.Terminal.Out.Flush();
            }
        }

        if (json)
        {
            JsonOutput.Write(_environment.Terminal.Out, reports.ConvertAll(JsonProbe.Of));
            foreach (ProbeReport report in reports.Where(r => r.Failure is not null))
            {
                _environment.Terminal.Error.WriteLine($"vfio: {report.Failure!.Message}");
            }
        }
        else
        {
            view.ShowNotBound(machine.FindAll(f => !f.Function.IsVfioBound && !IsPlatform(f.Function)));
            view.ShowSummary(reports);
        }

        return Summarise(reports);
    }

    /// <summary>Bridges (class 06), the IOMMU itself and system peripherals (08): nobody hands them out.</summary>
    private static bool IsPlatform(PciFunction function)
        => (function.ClassCode >> 16) is 0x06 or 0x08 || function.IsIommu;

    /// <summary>A busy or refused function is reported and no failure as long as one could be probed; a check that went wrong always is.</summary>
    private static int Summarise(List<ProbeReport> reports)
    {
        if (reports.Any(r => r.Opened is not null))
        {
            return reports.Any(r => r.Opened is not null && !r.Ok) ? ExitCode.Failed : ExitCode.Done;
        }

        return reports.Count > 0 && reports.All(r => r.Failure is VfioRefusedException) ? ExitCode.Refused : ExitCode.Failed;
    }
}
