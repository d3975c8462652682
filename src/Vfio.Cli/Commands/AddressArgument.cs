using System.CommandLine;
using System.CommandLine.Parsing;

namespace Vfio.Cli.Commands;

/// <summary>A PCI address on the command line. One that cannot be read is a usage error; whether a function is there is the machine's to say.</summary>
internal sealed class AddressArgument : Argument<PciAddress?>
{
    public AddressArgument(bool required) : base("BDF")
    {
        Arity = required ? ArgumentArity.ExactlyOne : ArgumentArity.ZeroOrOne;
        Description = required
            ? "The function's PCI address: 0000:01:00.0, or 01:00.0 in domain 0"
            : "The function's PCI address; without one, every function bound to vfio-pci";
        CustomParser = Parse;
    }

    private static PciAddress? Parse(ArgumentResult result)
    {
        if (result.Tokens.Count == 0)
        {
            return null;
        }

        string text = result.Tokens[0].Value;
        if (PciAddress.TryParse(text, out PciAddress address))
        {
            return address;
        }

        result.AddError(NotAnAddress(text));
        return null;
    }

    /// <summary>For commands below the one that has the argument: the parser checks the arguments of the last command only.</summary>
    public void CheckFor(SymbolResult command)
    {
        string? text = command.GetResult(this)?.Tokens is [{ Value: var value }, ..] ? value : null;
        if (text is null)
        {
            command.AddError("The address is missing: vfio nvme BDF ...");
        }
        else if (!PciAddress.TryParse(text, out _))
        {
            command.AddError(NotAnAddress(text));
        }
    }

    private static string NotAnAddress(string text)
        => $"'{text}' is not a PCI address. It is domain:bus:device.function in hexadecimal, as 0000:01:00.0 or 01:00.0.";
}
