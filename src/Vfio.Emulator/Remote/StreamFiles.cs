using System.Collections.Immutable;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>
/// Soft files that are read and written as streams: event queues and migration data. read() is not trapped, so a program holds the end of a
/// socket: what the file has is put into it ahead of the read, and what the program writes is taken out of it, before the next trapped call at
/// the latest. So polling works, and the errnos of odd sizes do not.
/// </summary>
/// <remarks>The lock is held while the files are read and written; it is inside the closing lock of <see cref="SoftFiles"/>. A stream is added under none: the file that gives it may hold its own.</remarks>
/// <param name="host">The host.</param>
/// <param name="task">Who reads and writes; no stream asks.</param>
internal sealed class StreamFiles(ISystemCalls host, KernelTask task)
{
    // More than a socket holds, so that all that was written before is taken; not more, or who writes without end is served alone.
    private const int MostPieces = 16;

    private readonly Lock _lock = new();
    // A whole number of page requests, of which a fault queue gives only whole ones.
    private readonly byte[] _buffer = new byte[65520];
    private ImmutableArray<StreamOpen> _streams = [];

    /// <summary>Called when there is something else to wait for.</summary>
    public Action Changed { get; set; } = static () => { };

    /// <summary>A socket for a file, whose reference passes to this table: the program's end, or a negative errno, and the reference is put.</summary>
    public int Add(OpenFile file, OpenFlags flags)
    {
        int error = RemoteCalls.SocketPair(out int mine, out int theirs);
        if (error < 0)
        {
            file.Put();
            return error;
        }

        RemoteCalls.Identify(theirs, out FileIdentity identity);
        var stream = new StreamOpen(new SoftOpen(0, identity.Inode, file, flags, node: null), identity, mine);
        ImmutableInterlocked.Update(ref _streams, static (all, one) => all.Add(one), stream);
        Changed();
        return theirs;
    }

    /// <summary>The open behind a descriptor; null when it is no stream of ours.</summary>
    public SoftOpen? Find(FileIdentity identity)
    {
        foreach (StreamOpen stream in _streams)
        {
            if (stream.Identity == identity)
            {
                return stream.Open;
            }
        }

        return null;
    }

    /// <summary>Adds what to wait for before there is anything to carry.</summary>
    public void AddAwaited(List<PollFd> awaited)
    {
        lock (_lock)
        {
            foreach (StreamOpen stream in _streams)
            {
                awaited.Add(new PollFd(stream.Socket, stream.Awaited));
                awaited.Add(new PollFd(stream.Source, PollEvents.In));
            }
        }
    }

    /// <summary>Carries what there is, both ways, and releases who was closed.</summary>
    public void Pump()
    {
        if (_streams.IsEmpty)
        {
            return;
        }

        lock (_lock)
        {
            foreach (StreamOpen stream in _streams)
            {
                if (TakeWritten(stream))
                {
                    Give(stream);
                }
                else
                {
                    ImmutableInterlocked.Update(ref _streams, static (all, one) => all.Remove(one), stream);
                    host.Close(stream.Socket);
                    stream.Open.Close();
                }
            }
        }
    }

    // False: nobody has the other end any more.
    private bool TakeWritten(StreamOpen stream)
    {
        for (int i = 0; i < MostPieces; i++)
        {
            nint read = host.Read(stream.Socket, _buffer);
            if (read <= 0)
            {
                return read == -(int)Errno.EAGAIN;
            }

            long position = 0;
            if (stream.Open.CanWrite)
            {
                stream.Open.File.Write(task, _buffer.AsSpan(0, (int)read), ref position);
            }
        }

        return true;
    }

    private void Give(StreamOpen stream)
    {
        bool isPendingAnew = false;
        while (true)
        {
            if (!stream.Pending.IsEmpty)
            {
                nint written = host.Write(stream.Socket, stream.Pending.Span);
                if (written < 0)
                {
                    if (written != -(int)Errno.EAGAIN)
                    {
                        // EPIPE: shutdown by the program, which has nothing to read from now on.
                        stream.IsEnded = true;
                        stream.Pending = default;
                    }
                    else if (isPendingAnew)
                    {
                        // Whoever waits does so for more of the file, and not yet for room.
                        Changed();
                    }

                    return;
                }

                stream.Pending = stream.Pending[(int)written..];
                continue;
            }

            Span<PollFd> source = [new PollFd(stream.Source, PollEvents.In)];
            if (source[0].Fd < 0 || host.Poll(source, 0) != 1)
            {
                return;
            }

            long position = 0;
            nint read = stream.Open.File.Read(task, _buffer, ref position);
            if (read <= 0)
            {
                // An end stays one, and so does an error but ENOMSG: more may come.
                if (read != -(int)Errno.ENOMSG)
                {
                    stream.IsEnded = true;
                    RemoteCalls.EndWriting(stream.Socket);
                }

                return;
            }

            stream.Pending = _buffer.AsSpan(0, (int)read).ToArray();
            isPendingAnew = true;
        }
    }
}
