using System.Globalization;
using Vfio.Emulator.Remote;
using Vfio.Emulator.Stub;
using Vfio.Emulator.Tracing;
using Vfio.Emulator.Tree;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.Uapi;

namespace Vfio.Emulator.Notify;

/// <summary>Serves the calls of one program and its children on a machine: the threads that receive them, and what they share.</summary>
/// <remarks>One receiver is always free, so that a call that blocks (an unbind that waits for the device's user) holds up no other.</remarks>
internal sealed class Supervisor
{
    // As many calls can wait for something at once, and one more cannot.
    private const int MostReceivers = 1024;

    // Each that waits for calls is woken by every one (seccomp.c recv_wait_event has them all in one queue, none exclusive), and all but one in vain.
    private const int MostFree = 2;
    private const int MostIdle = 16;
    private const int StackSize = 512 << 10;

    private readonly Action<string> _complain;

    // Guards what is below it, up to the counts of receivers. Who is idle waits on it.
    private readonly object _idle = new();
    private Receiver[] _all = [];
    private int _idlers;
    private int _recalled;
    private int _receivers;
    private int _free;
    private bool _isOver;

    /// <summary>Puts it together; <see cref="Start"/> begins.</summary>
    public Supervisor(SoftMachine machine, ISystemCalls host, Listener listener, SoftFiles softFiles, TreeMirror mirror, ulong? memlockLimit, Action<string> complain)
    {
        Machine = machine;
        Host = host;
        Listener = listener;
        SoftFiles = softFiles;
        Mirror = mirror;
        _complain = complain;
        var memfds = new MemfdBackings(host);
        Pinnable = new PinnableFiles(host, memfds);

        // A process that is killed ends when its calls have; with us they may last longer, and what they work on would not be released.
        softFiles.Closed = () => Array.ForEach(Volatile.Read(ref _all), static receiver => receiver.EndForTheDead());
        Processes = new RemoteProcesses(host, memfds, softFiles, memlockLimit);
    }

    public SoftMachine Machine { get; }

    public ISystemCalls Host { get; }

    public Listener Listener { get; }

    public SoftFiles SoftFiles { get; }

    public PinnableFiles Pinnable { get; }

    public RemoteProcesses Processes { get; }

    public TreeMirror Mirror { get; }

    /// <summary>Who writes the calls down; null: nobody.</summary>
    public Tracer? Tracer { get; init; }

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
    /// <exception cref="EmulationException">The host lets this user have no more threads.</exception>
    public void Start()
    {
        Listener.SetSynchronousWakeUp();
        if (!TryAddReceiver())
        {
            throw new EmulationException("no thread can be made to serve the program: the limit of this user's processes is used up (ulimit -u)");
        }
    }

    /// <summary>A receiver has a call to serve.</summary>
    public void Taken()
    {
        if (Interlocked.Decrement(ref _free) == 0)
        {
            Recall();
        }
    }

    /// <summary>It is served, and the receiver is to take the next, at once or when there are too few; false when it is to go.</summary>
    public bool Served(Receiver receiver)
    {
        for (int free = Volatile.Read(ref _free); free < MostFree; free = Volatile.Read(ref _free))
        {
            if (Interlocked.CompareExchange(ref _free, free + 1, free) == free)
            {
                return true;
            }
        }

        lock (_idle)
        {
            // Whoever took the last of the free ones since found nobody here, and may have found no thread to be had.
            if (Interlocked.CompareExchange(ref _free, 1, 0) == 0)
            {
                return true;
            }

            if (_idlers == MostIdle)
            {
                Dismiss(receiver);
                return false;
            }

            _idlers++;
            while (_recalled == 0 && !_isOver)
            {
                Monitor.Wait(_idle);
            }

            if (_recalled == 0)
            {
                return false;
            }

            _recalled--;
            return true;
        }
    }

    /// <summary>Nobody is left who could call.</summary>
    public void End()
    {
        lock (_idle)
        {
            _isOver = true;
            Monitor.PulseAll(_idle);
        }
    }

    /// <summary>Whose calls are not x86-64's is ended: they would go past us, and find empty files where the devices are.</summary>
    public Answer Refuse(in Notification call)
    {
        const int BadSystemCall = 31;
        _complain(string.Create(CultureInfo.InvariantCulture, $"process {call.ThreadId} is a 32-bit program, which cannot be emulated: it is ended"));
        ChildProcess.Signal(call.ThreadId, BadSystemCall);
        return Answer.Of(-(int)Errno.ENOSYS);
    }

    /// <summary>An exception is a bug of ours; the program is told EIO, and its user what happened.</summary>
    public void Report(in Notification call, Exception exception)
        => _complain(string.Create(CultureInfo.InvariantCulture, $"this is a bug in vfio, please report it: system call {call.Number}: {exception}"));

    // Under the lock.
    private void Dismiss(Receiver receiver)
    {
        Interlocked.Decrement(ref _receivers);
        Volatile.Write(ref _all, [.. _all.Where(other => other != receiver)]);
    }

    // None is free: one that is idle, or a new one.
    private void Recall()
    {
        lock (_idle)
        {
            if (_idlers > 0)
            {
                _idlers--;
                _recalled++;
                Interlocked.Increment(ref _free);
                Monitor.Pulse(_idle);
                return;
            }
        }

        if (Volatile.Read(ref _receivers) < MostReceivers)
        {
            TryAddReceiver();
        }
    }

    private bool TryAddReceiver()
    {
        Interlocked.Increment(ref _receivers);
        Interlocked.Increment(ref _free);
        var receiver = new Receiver(this);
        lock (_idle)
        {
            // It may be dismissed before its start has returned.
            Volatile.Write(ref _all, [.. _all, receiver]);
        }

        try
        {
            new Thread(receiver.Run, StackSize) { IsBackground = true, Name = "vfio-receiver" }.Start();
            return true;
        }
        catch (OutOfMemoryException)
        {
            // pthread_create was refused (RLIMIT_NPROC counts the program's too): those there are go on, and the next call asks again.
            Interlocked.Decrement(ref _free);
            lock (_idle)
            {
                Dismiss(receiver);
            }

            return false;
        }
    }
}
