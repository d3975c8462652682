namespace Vfio.Cli.Hosting;

/// <summary>What a command is given by whoever runs it.</summary>
/// <param name="Terminal">Where it writes.</param>
/// <param name="OpenMachine">The machine for the value of --soft; null is the real one.</param>
/// <param name="Cancellation">Set when a signal asks it to end.</param>
/// <param name="Signals">Where those signals come in; null where somebody else sees to them.</param>
internal sealed record CommandEnvironment(Terminal Terminal, Func<string?, Machine> OpenMachine, CancellationToken Cancellation, TerminationSignals? Signals = null);
