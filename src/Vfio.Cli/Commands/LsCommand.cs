using System.CommandLine;
using Vfio.Cli.Hosting;
using Vfio.Cli.Json;
using Vfio.Cli.Rendering;

namespace Vfio.Cli.Commands;

/// <summary>`vfio ls`: every PCI function and what VFIO could do with it. Opens nothing.</summary>
internal sealed class LsCommand : Command
{
    private readonly CommandEnvironment _environment;
    private readonly GlobalOptions _options;

    public LsCommand(CommandEnvironment environment, GlobalOptions options) : base("ls", "List PCI functions: driver, IOMMU group, DMA coherency, nodes")
    {
        _environment = environment;
        _options = options;
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        string? soft = _options.SoftName(result);
        using Machine machine = _environment.OpenMachine(soft);
        List<DeviceFacts> facts = [.. machine.Host.ExamineAll()];
        if (result.GetValue(_options.Json))
        {
            JsonOutput.Write(_environment.Terminal.Out, facts.ConvertAll(JsonFunction.Of));
        }
        else
        {
            new LsView(_environment.Terminal.Screen, new Echo(soft)).Show(facts);
        }

        return ExitCode.Done;
    }
}
