using System.CommandLine;
using Vfio.Cli.Hosting;
using Vfio.Cli.Json;
using Vfio.Cli.Rendering;

namespace Vfio.Cli.Commands;

/// <summary>`vfio unbind BDF`: takes a function from vfio-pci and lets the kernel match a driver again.</summary>
internal sealed class UnbindCommand : Command
{
    private readonly CommandEnvironment _environment;
    private readonly GlobalOptions _options;
    private readonly AddressArgument _address = new(required: true);

    public UnbindCommand(CommandEnvironment environment, GlobalOptions options)
        : base("unbind", "Take a function from vfio-pci and let the kernel match its driver again")
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
        PciAddress address = result.GetValue(_address)!.Value;
        using Machine machine = _environment.OpenMachine(soft);
        string? before = KnownFunction.Examine(machine.Host, address, echo).Function.Driver;
        machine.Host.Binding.Unbind(address);
        DeviceFacts facts = machine.Host.Examine(address);
        if (result.GetValue(_options.Json))
        {
            JsonOutput.Write(_environment.Terminal.Out, JsonFunction.Of(facts));
        }
        else
        {
            new BindView(_environment.Terminal.Screen, echo).ShowUnbound(facts.Function, before);
        }

        return ExitCode.Done;
    }
}
