using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Vfio.Cli.Hosting;
using Vfio.Cli.Rendering;
using Vfio.Emulator;
using Vfio.SoftKernel.Topology;

namespace Vfio.Cli.Commands;

/// <summary>`vfio emulate -- PROGRAM`: an unmodified program on a soft machine. The exit status is the program's.</summary>
internal sealed class EmulateCommand : Command
{
    private readonly CommandEnvironment _environment;
    private readonly Option<string> _topology = new("--topology")
    {
        DefaultValueFactory = _ => SoftTopologies.Default,
        Description = $"The machine: {string.Join(", ", SoftTopologies.Names)}, or a topology file",
        HelpName = "NAME|FILE",
    };

    private readonly Option<ulong?> _memlock = new("--memlock")
    {
        CustomParser = ParseLimit,
        Description = "What memory for DMA is held against, where your own limit (ulimit -l) is too low: nothing is really locked",
        HelpName = "BYTES|unlimited",
    };

    private readonly Option<string?> _trace = new("--trace")
    {
        Description = "Write each call that is answered there, a line for people; - is standard error",
        HelpName = "FILE",
    };

    private readonly Option<string?> _traceJson = new("--trace-json") { Description = "The same for machines: a JSON object a line", HelpName = "FILE" };

    private readonly Option<bool> _checkLeaks = new("--check-leaks") { Description = "Tell at the end what programs left to the kernel to give back; status 1 if there is any" };

    private readonly Argument<string[]> _program = new("PROGRAM")
    {
        Arity = ArgumentArity.OneOrMore,
        Description = "The program and its arguments, behind --",
    };

    public EmulateCommand(CommandEnvironment environment)
        : base("emulate", "Run an unmodified program on a soft machine")
    {
        _environment = environment;
        Add(_topology);
        Add(_memlock);
        Add(_trace);
        Add(_traceJson);
        Add(_checkLeaks);
        Add(_program);
        _program.Validators.Add(CheckProgram);
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        MachineTopology topology = SoftTopologies.Load(result.GetValue(_topology)!);
        // Whatever thread has something to tell.
        TextWriter error = TextWriter.Synchronized(_environment.Terminal.Error);
        using TraceFile? trace = TraceFile.Open(result.GetValue(_trace), error, _environment.Cancellation);
        using TraceFile? traceJson = TraceFile.Open(result.GetValue(_traceJson), error, _environment.Cancellation);
        Emulation emulation = new(VfioHost.Local.Calls, topology, ThisProgram.Command, message => error.WriteLine($"vfio: {message}"))
        {
            MemlockLimit = result.GetValue(_memlock),
            Trace = trace?.Writer,
            TraceJson = traceJson?.Writer,
            ChecksLeaks = result.GetValue(_checkLeaks),
        };
        _environment.Signals?.AreForProgram = true;
        using ProgramSignals signals = new(emulation.Signal);
        int status = emulation.Run(result.GetValue(_program)!);
        LeakView.Write(error, emulation.Leaks);
        return status == ExitCode.Done && (emulation.IsTraceCut || emulation.Leaks.Count > 0) ? ExitCode.Failed : status;
    }

    // Not a program that would not be found: no program is called so, and options are mistyped.
    private static void CheckProgram(ArgumentResult program)
    {
        if (program.Tokens is [{ Value: ['-', ..] name }, ..])
        {
            program.AddError($"There is no option '{name}'. Programs come behind the options, and their own behind them: vfio emulate -- PROGRAM ...");
        }
    }

    private static ulong? ParseLimit(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        if (text == "unlimited")
        {
            return ulong.MaxValue;
        }

        if (ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong bytes))
        {
            return bytes;
        }

        result.AddError($"--memlock wants a number of bytes or 'unlimited', not '{text}'.");
        return null;
    }
}
