using Vfio.Emulator.Remote;
using Vfio.Uapi;

namespace Vfio.Emulator.Notify;

/// <summary>One thread that takes notifications and answers them. There are always more of them than calls that block.</summary>
internal sealed class Receiver
{
    private readonly Supervisor _supervisor;
    private readonly RemoteFileTable _files;
    private readonly byte[] _buffer = new byte[64 << 10];
    private readonly CallHandler _handler;
    private ulong _served;
    private ulong _lasting;

    public Receiver(Supervisor supervisor)
    {
        _supervisor = supervisor;
        _files = new RemoteFileTable(supervisor.Host, supervisor.Listener, supervisor.SoftFiles, supervisor.Pinnable);

        // A write to a control file may wait for what is to be closed.
        _handler = new CallHandler(supervisor, waits: () => Volatile.Write(ref _served, 0));
    }

    /// <summary>Waits for the call that is served, if whoever made it is gone; but not for long, and once.</summary>
    public void EndForTheDead()
    {
        const int Long = 1000;
        ulong call = Volatile.Read(ref _served);
        if (call != 0 && call != _lasting && !_supervisor.Listener.IsWaiting(call) && !SpinWait.SpinUntil(() => Volatile.Read(ref _served) != call, Long))
        {
            _lasting = call;
        }
    }

    /// <summary>Serves until nobody is left.</summary>
    public void Run()
    {
        while (true)
        {
            Errno error = _supervisor.Listener.TryReceive(out Notification call);
            if (error != Errno.None)
            {
                // ENOENT: the caller was killed before it was received, or there are none left.
                if (error is not (Errno.ENOENT or Errno.EINTR) || _supervisor.IsOver)
                {
                    _supervisor.End();
                    return;
                }

                continue;
            }

            _supervisor.Taken();
            Serve(call);
            if (!_supervisor.Served(this))
            {
                return;
            }
        }
    }

    // A call on a descriptor looks in the thread's own /proc/TID/fd, which is empty once it is gone: most calls need not ask whether the thread is
    // the one known by that number. Who is not known must still be waiting after /proc was asked, or it was asked of another.
    private Answer Handle(in Notification call)
    {
        if (call.Architecture != SeccompFilter.ArchitectureX64)
        {
            return _supervisor.Refuse(call);
        }

        bool onDescriptor = call.Number is SystemCall.Ioctl or SystemCall.Pread64 or SystemCall.Pwrite64 or SystemCall.Write or SystemCall.Mmap
            or SystemCall.Writev or SystemCall.Sendfile or SystemCall.CopyFileRange or SystemCall.Ftruncate or SystemCall.Fallocate or SystemCall.Fsync or SystemCall.Fdatasync or SystemCall.Preadv or SystemCall.Pwritev or SystemCall.Preadv2 or SystemCall.Pwritev2;
        if (_supervisor.Processes.Find(call.ThreadId, isSure: onDescriptor) is not { } thread)
        {
            return Unknown(call);
        }

        try
        {
            _files.Serve(call.Id, call.ThreadId, thread);
            if (onDescriptor ? _files.TryIdentify(Descriptor(call), out _) : _supervisor.Listener.IsWaiting(call.Id))
            {
                _supervisor.Processes.LookAtMemory(thread.Process, call.ThreadId);
                return _handler.Handle(call, thread.Process, _files, _buffer);
            }
        }
        finally
        {
            thread.Release();
        }

        return onDescriptor ? HandleAnew(call) : Answer.Continue;
    }

    // Closed, or the thread is another.
    private Answer HandleAnew(in Notification call)
    {
        if (_supervisor.Processes.Find(call.ThreadId, isSure: false) is not { } thread)
        {
            return Unknown(call);
        }

        try
        {
            if (!_supervisor.Listener.IsWaiting(call.Id))
            {
                return Answer.Continue;
            }

            _files.Serve(call.Id, call.ThreadId, thread);
            _supervisor.Processes.LookAtMemory(thread.Process, call.ThreadId);
            return _handler.Handle(call, thread.Process, _files, _buffer);
        }
        finally
        {
            thread.Release();
        }
    }

    // Gone; or there, and it is us who could not look, for want of descriptors: what is only ours to do must not be the host's then.
    private Answer Unknown(in Notification call)
        => call.Number is SystemCall.Ioctl or SystemCall.Pread64 or SystemCall.Pwrite64 && _supervisor.Listener.IsWaiting(call.Id)
            ? Answer.Of(-(int)Errno.ENFILE) : Answer.Continue;

    private static int Descriptor(in Notification call) => (int)call.Arguments[call.Number == SystemCall.Mmap ? 4 : call.Number == SystemCall.CopyFileRange ? 2 : 0];

    // Nothing of a call may end the supervisor: a failure is a bug of ours, and the program must not wait for ever.
    private void Serve(in Notification call)
    {
        Answer answer;
        try
        {
            _supervisor.SoftFiles.ReleaseClosed();
            Volatile.Write(ref _served, call.Id);
            answer = Handle(call);
            if (!answer.IsContinued)
            {
                // What the call changed is there when it returns: names, and events to be read without a trapped call.
                _supervisor.Mirror.RefreshChanged();
                _supervisor.SoftFiles.Streams.Pump();
            }
        }
        catch (OutOfMemoryException)
        {
            // More than an array holds was asked for, most likely.
            answer = Answer.Of(-(int)Errno.ENOMEM);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            _supervisor.Report(call, exception);
            answer = Answer.Of(-(int)Errno.EIO);
        }

        Volatile.Write(ref _served, 0);
        if (answer.IsContinued)
        {
            _supervisor.Listener.TryContinue(call.Id);
        }
        else
        {
            _supervisor.Listener.TryAnswer(call.Id, answer.Result);
        }
    }
}
