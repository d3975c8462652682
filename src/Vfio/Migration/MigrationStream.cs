using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// A device's state on its way: read from one that is saved, written to one that resumes. Reading gives 0 bytes at the end of the state, and while the device still runs
/// (<see cref="MigrationState.PreCopy"/>) whenever there is nothing more at the moment: <see cref="IsPaused"/> tells the two apart.
/// </summary>
public sealed class MigrationStream : Stream
{
    private readonly VfioFileHandle _file;
    private readonly bool _isReader;
    private readonly ReadableWait _wait;

    internal MigrationStream(VfioFileHandle file, bool isReader)
    {
        _file = file;
        _isReader = isReader;
        _wait = new ReadableWait(file);
    }

    /// <summary>The file, for programs with their own loop; owned by this object.</summary>
    public VfioFileHandle Handle => _file;

    /// <summary>Whether the last read ended because the running device has nothing more at the moment (ENOMSG), not because its state is complete.</summary>
    public bool IsPaused { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => _isReader && !_file.IsClosed;

    /// <inheritdoc/>
    public override bool CanWrite => !_isReader && !_file.IsClosed;

    /// <summary>A state has no positions.</summary>
    public override bool CanSeek => false;

    /// <summary>Not known.</summary>
    public override long Length => throw new NotSupportedException();

    /// <summary>Not known.</summary>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>How much is left to read while the device runs (VFIO_MIG_GET_PRECOPY_INFO).</summary>
    /// <exception cref="VfioException">EINVAL: the device does not pre-copy at the moment. ENOTTY: it never does.</exception>
    public PrecopyInfo GetPrecopyInfo()
    {
        VfioPrecopyInfo argument = new() { Argsz = (uint)StructBytes.SizeOf<VfioPrecopyInfo>() };
        _file.Check(_file.Ioctl(VfioUapi.VFIO_MIG_GET_PRECOPY_INFO, ref argument), nameof(VfioUapi.VFIO_MIG_GET_PRECOPY_INFO));
        return new PrecopyInfo(argument.InitialBytes, argument.DirtyBytes, (argument.Flags & VfioUapi.VFIO_PRECOPY_INFO_REINIT) != 0);
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            nint result = _file.Read(buffer);
            IsPaused = result == -(int)Errno.ENOMSG;
            if (IsPaused)
            {
                return 0;
            }

            if (result == -(int)Errno.EAGAIN)
            {
                _wait.WaitAsync(CancellationToken.None).AsTask().GetAwaiter().GetResult();
            }
            else if (result != -(int)Errno.EINTR)
            {
                return (int)result.ThrowIfError("read", _file.Path);
            }
        }
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <summary>Reads when there is something to read, without a thread meanwhile (epoll).</summary>
    /// <param name="buffer">Where it goes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Bytes read; 0 at the end, or where <see cref="IsPaused"/>.</returns>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        while (!CanReadNow())
        {
            await _wait.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return Read(buffer.Span);
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            nint result = _file.Write(buffer);
            if (result != -(int)Errno.EINTR)
            {
                buffer = buffer[(int)result.ThrowIfError("write", _file.Path)..];
            }
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Nothing is kept back.</summary>
    public override void Flush()
    {
    }

    /// <summary>A state has no positions.</summary>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <summary>A state has no length to set.</summary>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _wait.Close();
            _file.Dispose();
        }

        base.Dispose(disposing);
    }

    // Whether a read would not block: there is something (a file that cannot be polled always says so), or the device pre-copies, when a read that finds nothing says so.
    private bool CanReadNow()
    {
        using HeldDescriptor held = _file.Hold();
        Span<PollFd> fds = [new PollFd(held.Fd, PollEvents.In)];
        if (_file.Calls.Poll(fds, 0) != 0)
        {
            return true;
        }

        VfioPrecopyInfo argument = new() { Argsz = (uint)StructBytes.SizeOf<VfioPrecopyInfo>() };
        return _file.Ioctl(VfioUapi.VFIO_MIG_GET_PRECOPY_INFO, ref argument) >= 0;
    }
}
