using System.Text.Json;
using Vfio.Cli.Hosting;
using Vfio.SoftKernel.Core;

namespace Vfio.Cli.Tests;

/// <summary>One run of the command in this process, 80 columns wide and without colours.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public static CommandRun Of(params string[] args) => With(CancellationToken.None, args);

    public static CommandRun With(CancellationToken cancellation, params string[] args) => Run(Machine.Open, isUtf8: false, args, cancellation);

    /// <summary>On a machine that stays as the command left it.</summary>
    public static CommandRun On(SoftMachine machine, params string[] args) => Run(_ => Machine.On(machine), isUtf8: false, args, CancellationToken.None);

    /// <summary>On a terminal that shows more than ASCII.</summary>
    public static CommandRun InUtf8(params string[] args) => Run(Machine.Open, isUtf8: true, args, CancellationToken.None);

    private static CommandRun Run(Func<string?, Machine> open, bool isUtf8, string[] args, CancellationToken cancellation)
    {
        StringWriter output = new() { NewLine = "\n" };
        StringWriter error = new() { NewLine = "\n" };
        using Terminal terminal = new(output, error) { IsUtf8 = isUtf8 };
        int code = new VfioCommand(new CommandEnvironment(terminal, open, cancellation)).Run(args);
        return new(code, output.ToString(), error.ToString());
    }
}
