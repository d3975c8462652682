using Vfio.Emulator.Remote;
using Vfio.Uapi;

namespace Vfio.Emulator.Notify;

/// <summary>One thread that takes notifications and answers them. There are always more of them than calls that block.</summary>
/// <param name="supervisor">What all of them share.</param>
internal sealed class Receiver(Supervisor supervisor)
{
    private readonly RemoteFileTable _files = new(supervisor.Host, supervisor.Listener, supervisor.SoftFiles, supervisor.Pinnable);
    private readonly byte[] _buffer = new byte[64 << 10];
    private readonly CallHandler _handler = new(supervisor);

    /// <summary>Serves until nobody is left.</summary>
    public void Run()
    {
        while (true)
        {
            Errno error = supervisor.Listener.TryReceive(out Notification call);
            if (error != Errno.None)
            {
                // ENOENT: the caller was killed before it was received, or there are none left.
                if (error is not (Errno.ENOENT or Errno.EINTR) || supervisor.IsOver)
                {
                    return;
                }

                continue;
            }

            supervisor.Taken();
            Serve(call);
            supervisor.Served();
        }
    }

    // A call on a descriptor looks in the thread's own /proc/TID/fd, which is empty once it is gone: most calls need not ask whether the thread is
    // the one known by that number. Who is not known must still be waiting after /proc was asked, or it was asked of another.
    private Answer Handle(in Notification call)
    {
        bool onDescriptor = call.Number is SystemCall.Ioctl or SystemCall.Pread64 or SystemCall.Pwrite64 or SystemCall.Write or SystemCall.Mmap;
        RemoteThread? thread = supervisor.Processes.Find(call.ThreadId, isSure: onDescriptor);
        if (thread is null || (!onDescriptor && !supervisor.Listener.IsWaiting(call.Id)))
        {
            return Answer.Continue;
        }

        _files.Serve(call.Id, call.ThreadId, thread);
        int fd = (int)call.Arguments[call.Number == SystemCall.Mmap ? 4 : 0];
        if (onDescriptor && !_files.TryIdentify(fd, out _))
        {
            // Closed, or the thread is another.
            thread = supervisor.Processes.Find(call.ThreadId, isSure: false);
            if (thread is null || !supervisor.Listener.IsWaiting(call.Id))
            {
                return Answer.Continue;
            }

            _files.Serve(call.Id, call.ThreadId, thread);
        }

        return _handler.Handle(call, thread.Process, _files, _buffer);
    }

    private void Serve(in Notification call)
    {
        Listener listener = supervisor.Listener;
        supervisor.SoftFiles.ReleaseClosed();
        Answer answer;
        try
        {
            answer = Handle(call);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Ours, and not the program's: it must not wait for ever.
            supervisor.Report(call, exception);
            answer = Answer.Of(-(int)Errno.EIO);
        }

        if (answer.IsContinued)
        {
            listener.TryContinue(call.Id);
            return;
        }

        // What the call changed is there when it returns: names, and events to be read without a trapped call.
        supervisor.Mirror.RefreshNames();
        supervisor.SoftFiles.Streams.Pump();
        listener.TryAnswer(call.Id, answer.Result);
    }
}
