namespace Vfio.Cli.Tests.Nvme;

/// <summary>A pipe that nobody writes to: a read of it waits until it is disposed.</summary>
internal sealed class SilentStream : Stream
{
    private readonly TaskCompletionSource _isRead = new();
    private readonly ManualResetEventSlim _ends = new();

    /// <summary>Somebody waits for what comes.</summary>
    public Task IsRead => _isRead.Task;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        _isRead.TrySetResult();
        _ends.Wait();
        return 0;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        _ends.Set();
        base.Dispose(disposing);
    }
}
