using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Vfio.Cli.Commands;
using Vfio.Cli.Hosting;
using Vfio.Cli.Nvme;
using Vfio.Emulator;
using Vfio.Nvme;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.Cli;

/// <summary>The `vfio` command: parses, runs one command, and turns whatever goes wrong into one message and an exit status.</summary>
internal sealed class VfioCommand
{
    private readonly CommandEnvironment _environment;
    private readonly Command _root;

    public VfioCommand(CommandEnvironment environment)
    {
        _environment = environment;
        GlobalOptions options = new();
        // Not a RootCommand: that one takes its name from whatever the executable is called.
        _root = new Command("vfio", "Find PCI devices, decide how to open them through VFIO and say why, and prove that they work.")
        {
            new LsCommand(environment, options),
            new ExplainCommand(environment, options),
            new ProbeCommand(environment, options),
            new BindCommand(environment, options),
            new UnbindCommand(environment, options),
            new EmulateCommand(environment),
            new NvmeCommand(environment, options),
            new HelpOption { Action = new HelpAction { MaxWidth = Terminal.DefaultWidth } },
            new VersionOption { Action = new PrintVersion(environment.Terminal) },
        };
        options.AddTo(_root);
    }

    /// <summary>Runs the command; the <see cref="ExitCode"/>. Nothing escapes as an exception.</summary>
    public int Run(IReadOnlyList<string> args)
    {
        try
        {
            ParseResult result = _root.Parse(GlobalOptions.Disambiguate(args));
            int code = result.Action is ParseErrorAction ? ReportUsage(result) : Invoke(result);
            _environment.Terminal.Out.Flush();
            return code;
        }
        catch (Exception e)
        {
            return Report(e);
        }
    }

    private int Invoke(ParseResult result) => result.Invoke(new InvocationConfiguration
    {
        Output = _environment.Terminal.Out,
        Error = _environment.Terminal.Error,
        // Exceptions are ours to word, and signals are already cancellations.
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    });

    private int ReportUsage(ParseResult result)
    {
        // The last is the most specific: "unrecognized" comes behind the "required" it caused.
        _environment.Terminal.Error.WriteLine($"vfio: {result.Errors[^1].Message}");
        _environment.Terminal.Error.WriteLine($"Try: {Typed(result.CommandResult)} --help");
        return ExitCode.Usage;
    }

    /// <summary>A command as it is typed: that of an NVMe controller has the address in its middle.</summary>
    private static string Typed(SymbolResult command) => command is CommandResult { Command: var named }
        ? command.Parent is { } above ? $"{Typed(above)}{(above.Parent is null ? "" : " BDF")} {named.Name}" : named.Name
        : "vfio";

    private int Report(Exception exception)
    {
        (int code, string? message) = exception switch
        {
            CommandException own => (own.ExitCode, own.Message),
            VfioRefusedException => (ExitCode.Refused, exception.Message),
            VfioException or NvmeException or TopologyException or EmulationException => (ExitCode.Failed, exception.Message),
            // The token is cancelled by a signal, whose exit status the process takes; devices were handed back on the way here.
            OperationCanceledException => (ExitCode.Interrupted, "interrupted; no device is left open"),
            // As with other programs, `vfio ls --json | head` is no mistake to complain of.
            IOException { HResult: (int)Errno.EPIPE } => (ExitCode.NoReader, null),
            IOException or UnauthorizedAccessException => (ExitCode.Failed, $"the output could not be written: {exception.Message}"),
            _ => (ExitCode.Failed, $"this is a bug in vfio, please report it: {exception.GetType().Name}: {exception.Message}"),
        };
        try
        {
            _environment.Terminal.Out.Flush();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            // The failure being reported is this one, or outweighs it.
        }

        if (message is not null)
        {
            _environment.Terminal.Error.WriteLine($"vfio: {message}");
        }

        return code;
    }
}
