using System.CommandLine;
using Vfio.Cli.Hosting;
using Vfio.Cli.Json;
using Vfio.Cli.Rendering;

namespace Vfio.Cli.Commands;

/// <summary>`vfio explain BDF`: how a function would be opened under the policy, and why. Opens nothing.</summary>
internal sealed class ExplainCommand : Command
{
    private readonly CommandEnvironment _environment;
    private readonly GlobalOptions _options;
    private readonly AddressArgument _address = new(required: true);

    public ExplainCommand(CommandEnvironment environment, GlobalOptions options)
        : base("explain", "Say how a function would be opened, and why; opens nothing")
    {
        _environment = environment;
        _options = options;
        Add(_address);
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        string? soft = _options.SoftName(result);
        using Machine machine = _environment.OpenMachine(soft);
        DeviceFacts facts = KnownFunction.Examine(machine.Host, result.GetValue(_address)!.Value, new Echo(soft));
        InterfacePlan plan = InterfacePlan.Decide(facts, _options.Policy(result));
        if (result.GetValue(_options.Json))
        {
            JsonOutput.Write(_environment.Terminal.Out, JsonPlannedFunction.Of(plan));
        }
        else
        {
            new ExplainView(_environment.Terminal.Screen, new Echo(soft)).Show(plan);
        }

        // Explaining a refusal is not one: only what opens a device exits 3.
        return ExitCode.Done;
    }
}
