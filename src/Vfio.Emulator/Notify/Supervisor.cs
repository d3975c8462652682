using System.Globalization;
using Vfio.Emulator.Remote;
using Vfio.Emulator.Tree;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.Uapi;

namespace Vfio.Emulator.Notify;

/// <summary>Serves the calls of one program and its children on a machine: the threads that receive them, and what they share.</summary>
/// <remarks>One receiver is always free, so that a call that blocks (an unbind that waits for the device's user) holds up no other.</remarks>
internal sealed class Supervisor
{
    private const int MostReceivers = 64;

    private readonly Action<string> _complain;
    private int _receivers;
    private int _free;

    /// <summary>Puts it together; <see cref="Start"/> begins.</summary>
    public Supervisor(SoftMachine machine, ISystemCalls host, Listener listener, SoftFiles softFiles, TreeMirror mirror, Action<string> complain)
    {
        Machine = machine;
        Host = host;
        Listener = listener;
        SoftFiles = softFiles;
        Mirror = mirror;
        _complain = complain;
        var memfds = new MemfdBackings(host);
        Pinnable = new PinnableFiles(host, memfds);
        Processes = new RemoteProcesses(host, memfds);
    }

    public SoftMachine Machine { get; }

    public ISystemCalls Host { get; }

    public Listener Listener { get; }

    public SoftFiles SoftFiles { get; }

    public PinnableFiles Pinnable { get; }

    public RemoteProcesses Processes { get; }

    public TreeMirror Mirror { get; }

    /// <summary>Nobody is left who could call: the filter has no user.</summary>
    public bool IsOver
    {
        get
        {
            Span<PollFd> listener = [new PollFd(Listener.Descriptor, PollEvents.In)];
            return Host.Poll(listener, 0) > 0 && (listener[0].Returned & PollEvents.HangUp) != 0;
        }
    }

    /// <summary>Begins to serve.</summary>
    public void Start()
    {
        Listener.SetSynchronousWakeUp();
        AddReceiver();
    }

    /// <summary>A receiver has a call to serve.</summary>
    public void Taken()
    {
        if (Interlocked.Decrement(ref _free) == 0 && Volatile.Read(ref _receivers) < MostReceivers)
        {
            AddReceiver();
        }
    }

    /// <summary>It is served.</summary>
    public void Served() => Interlocked.Increment(ref _free);

    /// <summary>An exception is a bug of ours; the program is told EIO, and its user what happened.</summary>
    public void Report(in Notification call, Exception exception)
        => _complain(string.Create(CultureInfo.InvariantCulture, $"this is a bug in vfio, please report it: system call {call.Number}: {exception}"));

    private void AddReceiver()
    {
        Interlocked.Increment(ref _receivers);
        Interlocked.Increment(ref _free);
        new Thread(new Receiver(this).Run) { IsBackground = true, Name = "vfio-receiver" }.Start();
    }
}
