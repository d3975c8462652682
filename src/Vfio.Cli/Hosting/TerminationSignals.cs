using System.Runtime.InteropServices;

namespace Vfio.Cli.Hosting;

/// <summary>
/// SIGINT and SIGTERM as a cancellation, so that an open device is reset and handed back in order. A second signal ends the process as it would have at first.
/// </summary>
internal sealed class TerminationSignals : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration _interrupt;
    private readonly PosixSignalRegistration _terminate;
    private int _exitCode;

    public TerminationSignals()
    {
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle);
    }

    /// <summary>The signals are for a program that this command runs: <see cref="ProgramSignals"/> sees to them, and the exit status is the program's.</summary>
    public bool AreForProgram { get; set; }

    public CancellationToken Token => _source.Token;

    /// <summary>The exit status of the signal that came, 0 if none did.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode);

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext signal)
    {
        if (AreForProgram)
        {
            return;
        }

        int code = signal.Signal == PosixSignal.SIGINT ? Hosting.ExitCode.Interrupted : Hosting.ExitCode.Terminated;
        if (Interlocked.CompareExchange(ref _exitCode, code, 0) == 0)
        {
            signal.Cancel = true;
            _source.Cancel();
        }
    }
}
