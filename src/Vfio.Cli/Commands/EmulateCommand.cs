using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Vfio.Cli.Hosting;
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
        Add(_program);
        SetAction(Run);
    }

    private int Run(ParseResult result)
    {
        MachineTopology topology = SoftTopologies.Load(result.GetValue(_topology)!);
        Emulation emulation = new(VfioHost.Local.Calls, topology, ThisProgram.Command, message => _environment.Terminal.Error.WriteLine($"vfio: {message}"))
        {
            MemlockLimit = result.GetValue(_memlock),
        };
        _environment.Signals?.AreForProgram = true;
        using ProgramSignals signals = new(emulation.Signal);
        return emulation.Run(result.GetValue(_program)!);
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
