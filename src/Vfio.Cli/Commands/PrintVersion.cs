using System.CommandLine;
using System.CommandLine.Invocation;
using Vfio.Cli.Hosting;

namespace Vfio.Cli.Commands;

/// <summary>`vfio --version`: the version alone, on a line.</summary>
internal sealed class PrintVersion(Terminal terminal) : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        terminal.Out.WriteLine(typeof(PrintVersion).Assembly.GetName().Version!.ToString(3));
        return ExitCode.Done;
    }
}
