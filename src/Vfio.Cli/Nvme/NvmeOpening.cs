using System.CommandLine;
using System.Globalization;
using Vfio.Cli.Commands;
using Vfio.Cli.Hosting;
using Vfio.Cli.Json;
using Vfio.Cli.Rendering;
using Vfio.Nvme;

namespace Vfio.Cli.Nvme;

/// <summary>What the commands of `vfio nvme` have in common: the controller on the command line, opened as the options say.</summary>
internal sealed class NvmeOpening(CommandEnvironment environment, GlobalOptions options, AddressArgument address)
{
    private const uint NvmeClass = 0x010802;

    /// <summary>For those commands that work on one namespace.</summary>
    public NumberOption NamespaceOption { get; } = new("--namespace", 1, uint.MaxValue - 1, "The namespace (default: the first)");

    public Terminal Terminal => environment.Terminal;

    public CancellationToken Cancellation => environment.Cancellation;

    public bool WantsJson(ParseResult result) => result.GetValue(options.Json);

    public PciAddress Address(ParseResult result) => result.GetValue(address)!.Value;

    /// <summary>Commands as they would be typed for the same controller.</summary>
    public Echo Echo(ParseResult result) => new(options.SoftName(result));

    /// <summary>What a command found out, in JSON or for people, as it was asked for.</summary>
    public void Answer<T>(ParseResult result, Func<T> json, Action<Terminal> text)
    {
        if (WantsJson(result))
        {
            JsonOutput.Write(Terminal.Out, json());
        }
        else
        {
            text(Terminal);
        }
    }

    /// <summary>The namespace on the command line, by <see cref="NamespaceOption"/>; without it the first.</summary>
    /// <exception cref="CommandException">It is not there, or its blocks cannot be moved.</exception>
    public NvmeNamespace Namespace(ParseResult result, NvmeSession session) => session.Namespace((uint?)result.GetValue(NamespaceOption));

    /// <summary>Opens the controller and brings it up.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="vectors">MSI-X vectors to wait with; 0 polls.</param>
    /// <exception cref="CommandException">The function is no NVMe controller.</exception>
    /// <exception cref="VfioException">It is not there, not bound, busy, or the policy refuses it.</exception>
    /// <exception cref="NvmeException">It did not come up.</exception>
    public NvmeSession Open(ParseResult result, int vectors = 0)
    {
        Machine machine = environment.OpenMachine(options.SoftName(result));
        try
        {
            PciFunction function = KnownFunction.Examine(machine.Host, Address(result), Echo(result)).Function;
            if (function.ClassCode != NvmeClass)
            {
                throw new CommandException(ExitCode.Failed, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{function.Address} is no NVMe controller but {DeviceName.WithIds(function)}, class {function.ClassCode:x6}; those are of class {NvmeClass:x6}. {Echo(result).Command("ls")} shows what there is."));
            }

            return new NvmeSession(machine, machine.Host.Open(function.Address, options.Policy(result)), vectors, environment.Cancellation);
        }
        catch
        {
            machine.Dispose();
            throw;
        }
    }
}
