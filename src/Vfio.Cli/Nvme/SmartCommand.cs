using System.CommandLine;
using Vfio.Cli.Hosting;
using Vfio.Cli.Json;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme;

/// <summary>`vfio nvme BDF smart`: how the controller is, in words, and what to do.</summary>
internal sealed class SmartCommand : Command
{
    private readonly NvmeOpening _opening;

    public SmartCommand(NvmeOpening opening) : base("smart", "Show its health, and what to do about it")
    {
        _opening = opening;
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        using NvmeSession session = _opening.Open(result);
        NvmeIdentity identity = session.Controller.Identify(_opening.Cancellation);
        HealthReport report = HealthReport.Of(session.Device.Address, identity, session.Controller.ReadHealth(_opening.Cancellation));
        _opening.Answer(result, () => JsonNvmeHealth.Of(report), terminal => new SmartView(terminal.Screen).Show(report));

        // Telling of a failing disk is no failure.
        return ExitCode.Done;
    }
}
