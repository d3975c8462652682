using System.Buffers.Binary;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// A host descriptor that polls as a queue of ours would: readable while something is queued, and always writable or never. An eventfd is the first; around it
/// an epoll instance, which is readable when the eventfd is and never writable, the second.
/// </summary>
/// <remarks>Guarded by the lock of its queue. The descriptors are made when the first is asked for.</remarks>
/// <param name="host">Where they come from.</param>
/// <param name="alwaysWritable">POLLOUT always; else never.</param>
internal sealed class Readiness(ISystemCalls host, bool alwaysWritable)
{
    private int _event = -1;
    private int _epoll = -1;
    private bool _readable;
    private bool _closed;

    /// <summary>The descriptor; a negative errno when it cannot be made.</summary>
    public int Descriptor
    {
        get
        {
            if (_event < 0)
            {
                int error = Make();
                if (error < 0)
                {
                    return error;
                }
            }

            return alwaysWritable ? _event : _epoll;
        }
    }

    /// <summary>Something is queued, or nothing any more.</summary>
    public void Set(bool readable)
    {
        if (_readable != readable)
        {
            _readable = readable;
            if (_event >= 0)
            {
                Show();
            }
        }
    }

    /// <summary>Nobody polls any more.</summary>
    public void Close()
    {
        if (_epoll >= 0)
        {
            host.Close(_epoll);
        }

        if (_event >= 0)
        {
            host.Close(_event);
        }

        _epoll = -1;
        _event = -1;
        _closed = true;
    }

    private int Make()
    {
        if (_closed)
        {
            return -(int)Errno.EBADF;
        }

        int made = host.Eventfd(_readable ? 1u : 0, EventfdFlags.None);
        if (made < 0 || alwaysWritable)
        {
            _event = Math.Max(made, -1);
            return made;
        }

        int epoll = host.EpollCreate();
        int error = epoll < 0 ? epoll : host.EpollCtl(epoll, EpollOperation.Add, made, PollEvents.In, 0);
        if (error < 0)
        {
            host.Close(made);
            if (epoll >= 0)
            {
                host.Close(epoll);
            }

            return error;
        }

        _event = made;
        _epoll = epoll;
        return 0;
    }

    private void Show()
    {
        Span<byte> counter = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(counter, 1);
        if (_readable)
        {
            host.Write(_event, counter);
        }
        else
        {
            // A program that reads the descriptor past us may have been first, and the host would wait for the next event.
            Span<PollFd> ready = [new PollFd(_event, PollEvents.In)];
            if (host.Poll(ready, 0) == 1)
            {
                host.Read(_event, counter);
            }
        }
    }
}
