using System.Runtime.InteropServices;

namespace Vfio.Cli.Hosting;

/// <summary>
/// Signals sent to this command are for the program it runs. A terminal sends SIGINT and SIGQUIT to both, so those are not passed on: the program
/// decides, and this command lives as long as it.
/// </summary>
internal sealed class ProgramSignals : IDisposable
{
    private const int Hangup = 1;
    private const int Terminate = 15;

    private readonly PosixSignalRegistration[] _registrations;

    public ProgramSignals(Action<int> pass)
    {
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, static signal => signal.Cancel = true),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, static signal => signal.Cancel = true),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => Pass(signal, Terminate)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal => Pass(signal, Hangup)),
        ];

        void Pass(PosixSignalContext signal, int number)
        {
            signal.Cancel = true;
            pass(number);
        }
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }
}
