using System.CommandLine;
using Vfio.Cli.Hosting;
using Vfio.Cli.Json;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme;

/// <summary>`vfio nvme BDF identify`: the controller, its namespaces, their formats, the limits.</summary>
internal sealed class IdentifyCommand : Command
{
    private readonly NvmeOpening _opening;

    public IdentifyCommand(NvmeOpening opening) : base("identify", "Show the controller, its namespaces and its limits")
    {
        _opening = opening;
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        using NvmeSession session = _opening.Open(result);
        NvmeController controller = session.Controller;
        List<NamespaceReport> namespaces = [];
        foreach (uint id in controller.ListNamespaces(_opening.Cancellation))
        {
            namespaces.Add(new(controller.IdentifyNamespace(id, _opening.Cancellation), controller.ListFormats(id, _opening.Cancellation)));
        }

        IdentifyReport report = new(
            session.Device.Address, session.Device.Interface, controller.Identify(_opening.Cancellation), controller.Version, controller.ReadLimits(_opening.Cancellation), namespaces);
        _opening.Answer(result, () => JsonNvmeController.Of(report), terminal => new IdentifyView(terminal.Screen).Show(report));
        return ExitCode.Done;
    }
}
