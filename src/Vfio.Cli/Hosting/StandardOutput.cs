using System.ComponentModel;
using Vfio.Uapi;

namespace Vfio.Cli.Hosting;

/// <summary>Standard output. Unlike Console's, a signal ends a write that nobody takes, and one that nobody will ever take fails: who reads a disk for a pipe that was closed ends with it.</summary>
internal sealed class StandardOutput(ISystemCalls calls, CancellationToken cancellation) : Stream
{
    private const int Descriptor = 1;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="IOException">It cannot be written; HResult is the errno.</exception>
    /// <exception cref="OperationCanceledException">A signal came.</exception>
    public override void Write(ReadOnlySpan<byte> buffer) => Interruptible.Write(buffer, WriteAll, cancellation);

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private void WriteAll(ReadOnlyMemory<byte> data)
    {
        while (!data.IsEmpty)
        {
            nint result = calls.Write(Descriptor, data.Span);
            switch ((Errno)(-Math.Min(result, 0)))
            {
                case Errno.EAGAIN:
                    // Whoever made the pipe may have made it so.
                    calls.Poll([new PollFd(Descriptor, PollEvents.Out)], -1);
                    break;
                case Errno.EINTR:
                    break;
                case not 0 and var errno:
                    throw new IOException(new Win32Exception((int)errno).Message, (int)errno);
                default:
                    data = data[(int)result..];
                    break;
            }
        }
    }
}
