using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>
/// The stream a function's state is read from. In pre-copy its end is for the time being, ENOMSG; after that it is one. Linux:
/// drivers/vfio/pci/mlx5/main.c mlx5vf_save_fops.
/// </summary>
/// <remarks>
/// Its lock is <see cref="VfioPciMigration.Lock"/>. It is polled through an epoll file, which is readable while the eventfd in it is and, as
/// this file, never writable.
/// </remarks>
internal sealed class MigrationSaveFile : OpenFile
{
    private readonly VfioPciMigration _owner;
    private readonly ISystemCalls _host;
    private readonly int _readable;
    private readonly int _polled;
    private readonly Queue<byte[]> _records = new();
    private byte[] _lastRecord;
    private long _initialLeft;
    private int _taken;
    private bool _isPreCopy;
    private bool _disabled;

    internal MigrationSaveFile(VfioPciMigration owner, ISystemCalls host, byte[] first, bool isPreCopy)
    {
        _owner = owner;
        _host = host;
        _isPreCopy = isPreCopy;
        _lastRecord = first;
        _initialLeft = isPreCopy ? first.Length : 0;
        _readable = host.Eventfd(1, EventfdFlags.NonBlocking);
        _polled = host.EpollCreate();
        if (_readable >= 0 && _polled >= 0)
        {
            host.EpollCtl(_polled, EpollOperation.Add, _readable, PollEvents.In, 0);
        }

        _records.Enqueue(first);
    }

    /// <inheritdoc/>
    public override int HostDescriptor => _polled;

    /// <inheritdoc/>
    public override UapiFile? Kind => UapiFile.MigrationData;

    /// <inheritdoc/>
    public override FileStatus Status => new() { Mode = 0x180 };

    /// <inheritdoc/>
    public override bool IsStream => true;

    /// <inheritdoc/>
    public override nint Read(KernelTask task, Span<byte> buffer, ref long position)
    {
        lock (_owner.Lock)
        {
            if (_disabled)
            {
                return -(int)Errno.ENODEV;
            }

            if (_records.Count == 0 && !buffer.IsEmpty && _isPreCopy)
            {
                return -(int)Errno.ENOMSG;
            }

            int done = 0;
            while (done < buffer.Length && _records.TryPeek(out byte[]? record))
            {
                int piece = Math.Min(buffer.Length - done, record.Length - _taken);
                record.AsSpan(_taken, piece).CopyTo(buffer[done..]);
                done += piece;
                _taken += piece;
                if (_taken == record.Length)
                {
                    _records.Dequeue();
                    _taken = 0;
                }
            }

            _initialLeft = Math.Max(_initialLeft - done, 0);
            UpdateReadable();
            return done;
        }
    }

    /// <summary>VFIO_MIG_GET_PRECOPY_INFO. Linux: mlx5vf_precopy_ioctl and vfio_check_precopy_ioctl.</summary>
    public override int Ioctl(KernelTask task, uint request, UserArgument argument)
    {
        if (request != VfioUapi.VFIO_MIG_GET_PRECOPY_INFO)
        {
            return -(int)Errno.ENOTTY;
        }

        var info = default(VfioPrecopyInfo);
        Span<byte> bytes = StructBytes.AsBytes(ref info);
        if (argument.CopyIn(0, bytes) is not Errno.None and Errno fault)
        {
            return -(int)fault;
        }

        if (info.Argsz < bytes.Length)
        {
            return -(int)Errno.EINVAL;
        }

        if (_owner.PrecopyInfoV2)
        {
            info.Flags = 0;
        }

        lock (_owner.Lock)
        {
            if (!_owner.IsPreCopy)
            {
                return -(int)Errno.EINVAL;
            }

            if (_disabled)
            {
                return -(int)Errno.ENODEV;
            }

            // A device that has changed since has a new state to give, once what there is has been read.
            if (_records.Count == 0 && _owner.IsChanging)
            {
                AddIfChanged();
            }

            info.InitialBytes = (ulong)_initialLeft;
            info.DirtyBytes = _initialLeft != 0 ? 0 : (ulong)_records.Sum(static record => (long)record.Length) - (ulong)_taken;
        }

        return -(int)argument.CopyOut(0, bytes);
    }

    /// <summary>The device has stopped: its last state follows, and then the end. Under the owner's lock.</summary>
    internal void Complete()
    {
        _isPreCopy = false;
        _records.Enqueue(_owner.TakeRecord());
        UpdateReadable();
    }

    /// <summary>The device has left the states this stream belongs to. Under the owner's lock.</summary>
    internal void Disable()
    {
        _disabled = true;
        _records.Clear();
        UpdateReadable();
    }

    /// <inheritdoc/>
    protected override void Release()
    {
        foreach (int descriptor in (ReadOnlySpan<int>)[_polled, _readable])
        {
            if (descriptor >= 0)
            {
                _host.Close(descriptor);
            }
        }
    }

    private void AddIfChanged()
    {
        byte[] now = _owner.TakeRecord();
        if (!now.AsSpan().SequenceEqual(_lastRecord))
        {
            _lastRecord = now;
            _records.Enqueue(now);
            UpdateReadable();
        }
    }

    // Readable: there is something, or an end or an error that will not go away.
    private void UpdateReadable()
    {
        Span<byte> count = [1, 0, 0, 0, 0, 0, 0, 0];
        if (_records.Count != 0 || !_isPreCopy || _disabled)
        {
            _host.Write(_readable, count);
        }
        else
        {
            _host.Read(_readable, count);
        }
    }
}
