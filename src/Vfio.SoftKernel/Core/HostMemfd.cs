using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>The host's file that stands for a soft one: made when it is first asked for, closed once.</summary>
/// <param name="host">The system calls of the process we live in.</param>
/// <param name="name">What /proc shows.</param>
/// <param name="size">Its size in bytes; it holds no memory until it is written.</param>
/// <param name="flags">How it is made.</param>
internal sealed class HostMemfd(ISystemCalls host, string name, long size = 0, MemfdFlags flags = MemfdFlags.None)
{
    private readonly Lock _lock = new();
    private int _descriptor = -1;
    private bool _closed;

    /// <summary>The descriptor, or the negative errno of making it.</summary>
    public int Descriptor
    {
        get
        {
            lock (_lock)
            {
                if (_descriptor >= 0 || _closed)
                {
                    return _closed ? -(int)Errno.EBADF : _descriptor;
                }

                int made = host.MemfdCreate(name, flags);
                if (made >= 0 && size != 0 && host.Ftruncate(made, size) is < 0 and int error)
                {
                    host.Close(made);
                    return error;
                }

                _descriptor = Math.Max(made, -1);
                return made;
            }
        }
    }

    /// <summary>Closes it; mappings of it stay.</summary>
    public void Close()
    {
        lock (_lock)
        {
            if (_descriptor >= 0)
            {
                host.Close(_descriptor);
            }

            _closed = true;
        }
    }
}
