using System.Text.Json;
using Vfio.Cli.Hosting;
using Vfio.SoftKernel.Core;

namespace Vfio.Cli.Tests;

/// <summary>One run of the command in this process, 80 columns wide and without colours.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public static CommandRun Of(params string[] args) => With(CancellationToken.None, args);

    public static CommandRun With(CancellationToken cancellation, params string[] args) => Run(Machine.Open, Stream.Null, false, args, cancellation);

    /// <summary>What was written to standard output as data, not as text.</summary>
    public byte[] Data { get; private init; } = [];

    /// <summary>On a machine that stays as the command left it.</summary>
    public static CommandRun On(SoftMachine machine, params string[] args) => On(machine, [], false, args);

    /// <summary>Likewise, with data on standard input, and perhaps a person at standard output.</summary>
    public static CommandRun On(SoftMachine machine, byte[] input, bool isInteractive, params string[] args)
        => Run(_ => Machine.On(machine), new MemoryStream(input), isInteractive, args, CancellationToken.None);

    /// <summary>Likewise, with a standard input of one's own, and signals.</summary>
    public static CommandRun On(SoftMachine machine, Stream input, CancellationToken cancellation, params string[] args)
        => Run(_ => Machine.On(machine), input, false, args, cancellation);

    private static CommandRun Run(Func<string?, Machine> open, Stream rawInput, bool isInteractive, string[] args, CancellationToken cancellation)
    {
        StringWriter output = new() { NewLine = "\n" };
        StringWriter error = new() { NewLine = "\n" };
        using MemoryStream rawOutput = new();
        using Terminal terminal = new(output, error) { RawInput = rawInput, RawOutput = rawOutput, IsInteractive = isInteractive };
        int code = new VfioCommand(new CommandEnvironment(terminal, open, cancellation)).Run(args);
        return new(code, output.ToString(), error.ToString()) { Data = rawOutput.ToArray() };
    }
}
