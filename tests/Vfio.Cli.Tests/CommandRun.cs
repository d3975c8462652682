using System.Text.Json;
using Vfio.Cli.Hosting;

namespace Vfio.Cli.Tests;

/// <summary>One run of the command in this process, 80 columns wide and without colours.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public static CommandRun Of(params string[] args) => With(CancellationToken.None, args);

    public static CommandRun With(CancellationToken cancellation, params string[] args)
    {
        StringWriter output = new() { NewLine = "\n" };
        StringWriter error = new() { NewLine = "\n" };
        using Terminal terminal = new(output, error);
        int code = new VfioCommand(new CommandEnvironment(terminal, Machine.Open, cancellation)).Run(args);
        return new(code, output.ToString(), error.ToString());
    }
}
