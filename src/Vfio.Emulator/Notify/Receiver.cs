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

    private void Serve(in Notification call)
    {
        Listener listener = supervisor.Listener;
        supervisor.SoftFiles.ReleaseClosed();
        Answer answer;
        try
        {
            RemoteProcess? process = supervisor.Processes.Find(call.ThreadId);

            // Still waiting: then what /proc said of that thread was said of the caller.
            if (process is null || !listener.IsWaiting(call.Id))
            {
                return;
            }

            _files.Serve(call.Id, call.ThreadId, process.Descriptor);
            answer = _handler.Handle(call, process, _files, _buffer);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Ours, and not the program's: it must not wait for ever.
            supervisor.Report(call, exception);
            answer = Answer.Of(-(int)Errno.EIO);
        }

        switch (answer.Kind)
        {
            case AnswerKind.Result:
                supervisor.Mirror.RefreshNames();
                listener.TryAnswer(call.Id, answer.Result);
                break;
            case AnswerKind.Continue:
                listener.TryContinue(call.Id);
                break;
            default:
                break;
        }
    }
}
