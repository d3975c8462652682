using Vfio.Cli;
using Vfio.Cli.Hosting;
using Vfio.Emulator.Stub;

// `vfio emulate` starts this executable again, as what becomes the program.
if (StubProgram.IsStub(args))
{
    return StubProgram.Run(args);
}

using TerminationSignals signals = new();
using Terminal terminal = Terminal.OfProcess(signals.Token);
int code = new VfioCommand(new CommandEnvironment(terminal, Machine.Open, signals.Token, signals)).Run(args);
return signals.ExitCode != 0 ? signals.ExitCode : code;
