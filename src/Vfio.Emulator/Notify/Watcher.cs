using Vfio.Emulator.Remote;
using Vfio.Uapi;

namespace Vfio.Emulator.Notify;

/// <summary>
/// The thread that sees what happens without a trapped call: the last close of a file, which somebody may be waiting for, and events for the
/// streams.
/// </summary>
internal sealed class Watcher : IDisposable
{
    private readonly ISystemCalls _host;
    private readonly SoftFiles _files;
    private readonly FileSpace _space;
    private readonly Action<string> _complain;
    private readonly int _wake;
    private readonly Thread _thread;
    private bool _stopped;

    public Watcher(ISystemCalls host, SoftFiles files, FileSpace space, Action<string> complain)
    {
        _host = host;
        _files = files;
        _space = space;
        _complain = complain;
        _wake = host.Eventfd(0, EventfdFlags.NonBlocking);
        files.Streams.Changed = Wake;
        space.WatchBegun = Wake;
        files.Leaks?.Changed = Wake;
        _thread = new Thread(Run) { IsBackground = true, Name = "vfio-watcher" };
        _thread.Start();
    }

    public void Dispose()
    {
        Volatile.Write(ref _stopped, true);
        Wake();
        _thread.Join();
        _host.Close(_wake);
    }

    private void Wake() => _host.Write(_wake, [1, 0, 0, 0, 0, 0, 0, 0]);

    private void Run()
    {
        Span<byte> count = stackalloc byte[8];
        List<PollFd> awaited = [];
        while (!Volatile.Read(ref _stopped))
        {
            awaited.Clear();
            awaited.Add(new PollFd(_wake, PollEvents.In));
            awaited.Add(new PollFd(_space.Watch, PollEvents.In));
            _files.Streams.AddAwaited(awaited);
            awaited.AddRange((_files.Leaks?.Awaited ?? []).Select(static exiting => new PollFd(exiting, PollEvents.In)));
            const int Moment = 20;
            _host.Poll(awaited.ToArray(), _files.IsInDoubt ? Moment : -1);
            _host.Read(_wake, count);
            try
            {
                _files.ReleaseClosed();
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                _complain($"this is a bug in vfio, please report it: {exception}");
            }
        }
    }
}
