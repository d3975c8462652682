using System.CommandLine;
using Vfio.Cli.Hosting;
using Vfio.Cli.Json;
using Vfio.Cli.Rendering;

namespace Vfio.Cli.Commands;

/// <summary>`vfio bind BDF`: hands a function to vfio-pci, after looking at what that would break.</summary>
internal sealed class BindCommand : Command
{
    private readonly CommandEnvironment _environment;
    private readonly GlobalOptions _options;
    private readonly AddressArgument _address = new(required: true);
    private readonly Option<bool> _force = new("--force") { Description = "Go on although something on the machine uses the function" };

    public BindCommand(CommandEnvironment environment, GlobalOptions options)
        : base("bind", "Hand a function to vfio-pci; refused while something uses it")
    {
        _environment = environment;
        _options = options;
        Add(_address);
        Add(_force);
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        string? soft = _options.SoftName(result);
        Echo echo = new(soft);
        PciAddress address = result.GetValue(_address)!.Value;
        using Machine machine = _environment.OpenMachine(soft);
        string? before = KnownFunction.Examine(machine.Host, address, echo).Function.Driver;
        BindResult bound = machine.Host.Binding.Bind(address, result.GetValue(_force), _environment.Cancellation);
        foreach (BindingHazard hazard in bound.Overridden)
        {
            _environment.Terminal.Error.WriteLine($"vfio: forced: {hazard.Function} carried {hazard.What}");
        }

        DeviceFacts facts = machine.Host.Examine(address);
        if (result.GetValue(_options.Json))
        {
            JsonOutput.Write(_environment.Terminal.Out, JsonPlannedFunction.Of(InterfacePlan.Decide(facts, _options.Policy(result))));
        }
        else
        {
            new BindView(_environment.Terminal.Screen, echo).ShowBound(facts, before, _options.Policy(result));
        }

        return ExitCode.Done;
    }
}
