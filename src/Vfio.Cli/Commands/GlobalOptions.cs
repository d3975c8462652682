using System.CommandLine;
using Vfio.SoftKernel.Topology;

namespace Vfio.Cli.Commands;

/// <summary>The options every command takes.</summary>
internal sealed class GlobalOptions
{
    public Option<string?> Soft { get; } = new("--soft")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = $"Work on a soft machine instead of this one: {string.Join(", ", SoftTopologies.Names)}, or a topology file (default {SoftTopologies.Default})",
        HelpName = "NAME|FILE",
        Recursive = true,
    };

    public Option<bool> Json { get; } = new("--json") { Description = "Answer in JSON (docs/json.md); errors stay text on stderr", Recursive = true };

    public Option<string> Interface { get; } = Choice("--interface", "How to open a device", "auto", "device", "group");

    public Option<string> NonCoherent { get; } = Choice(
        "--non-coherent", "What to do where DMA coherency is not enforced (docs/coherency.md)", "allow", "group", "refuse");

    public void AddTo(Command command)
    {
        command.Add(Soft);
        command.Add(Json);
        command.Add(Interface);
        command.Add(NonCoherent);
    }

    /// <summary>The topology to use; null for the real machine.</summary>
    public string? SoftName(ParseResult result)
        => result.GetResult(Soft) is null ? null : result.GetValue(Soft) ?? SoftTopologies.Default;

    public DevicePolicy Policy(ParseResult result) => new(
        result.GetValue(Interface) switch
        {
            "device" => InterfaceChoice.Device,
            "group" => InterfaceChoice.Group,
            _ => InterfaceChoice.Auto,
        },
        result.GetValue(NonCoherent) switch
        {
            "group" => NonCoherentDma.UseGroup,
            "refuse" => NonCoherentDma.Refuse,
            _ => NonCoherentDma.Allow,
        });

    /// <summary>
    /// `explain --soft 01:00.0` means the default machine and a device: an address behind --soft is never a topology. The parser, left alone, would take it for one.
    /// </summary>
    public static string[] Disambiguate(IReadOnlyList<string> args)
    {
        string[] result = [.. args];
        for (int i = 0; i + 1 < result.Length; i++)
        {
            if (result[i] == "--soft" && PciAddress.TryParse(result[i + 1], out _))
            {
                result[i] = $"--soft={SoftTopologies.Default}";
            }
        }

        return result;
    }

    private static Option<string> Choice(string name, string description, params string[] values)
    {
        Option<string> option = new(name)
        {
            DefaultValueFactory = _ => values[0],
            Description = description,
            HelpName = string.Join('|', values),
            Recursive = true,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var value }] && !values.Contains(value))
            {
                result.AddError($"{name} wants one of {string.Join(", ", values)}, not '{value}'.");
            }
        });
        return option;
    }
}
