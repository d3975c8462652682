using Vfio.Uapi;

namespace Vfio.Tests;

/// <summary>
/// A kernel that writes down every ioctl: its number and its bytes, and what stands where the struct points. Answers come from the test. Files from 100,000 on are its own; eventfds,
/// pipes' stand-ins and memory are the host's.
/// </summary>
internal sealed partial class CallRecorder() : ForwardingSystemCalls(LibcSystemCalls.Instance)
{
    public const int OwnFd = 100_000;

    public delegate int Answer(uint request, Span<byte> argument);

    /// <summary>What the last ioctl was.</summary>
    public uint Request { get; private set; }

    /// <summary>Its argument as the caller gave it.</summary>
    public byte[] Argument { get; private set; } = [];

    /// <summary>How many ioctls there were.</summary>
    public int Count { get; private set; }

    /// <summary>Every request, in order.</summary>
    public List<uint> Requests { get; } = [];

    /// <summary>Own files that were closed, in order.</summary>
    public List<int> Closed { get; } = [];

    /// <summary>What to answer; it may write to the argument. Success unless set.</summary>
    public Answer? OnIoctl { get; set; }

    /// <summary>What a write to an own file gave.</summary>
    public byte[] Written { get; private set; } = [];

    /// <summary>What the next read of an own file gives; a negative errno through <see cref="ReadError"/>.</summary>
    public byte[] ToRead { get; set; } = [];

    public Errno ReadError { get; set; }

    /// <summary>What is read is one piece of so many bytes: EINVAL with less room.</summary>
    public int PieceSize { get; set; }

    public VfioFileHandle File(string name = "file", int fd = OwnFd) => new(this, fd, name);

    /// <summary>The argument as a struct.</summary>
    public T As<T>()
        where T : unmanaged
    {
        Assert.True(StructBytes.TryRead(Argument, out T value), $"{Argument.Length} bytes are no {typeof(T).Name}");
        return value;
    }

    public override int Ioctl(int fd, uint request, nuint argument)
    {
        Note(request, BitConverter.GetBytes((ulong)argument));
        return OnIoctl?.Invoke(request, default) ?? 0;
    }

    public override int Ioctl(int fd, uint request, Span<byte> argument)
    {
        Note(request, argument.ToArray());
        return OnIoctl?.Invoke(request, argument) ?? 0;
    }

    public override nint Read(int fd, Span<byte> buffer)
    {
        if (fd < OwnFd)
        {
            return base.Read(fd, buffer);
        }

        if (ReadError != Errno.None)
        {
            return -(int)ReadError;
        }

        if (ToRead.Length != 0 && buffer.Length < PieceSize)
        {
            return -(int)Errno.EINVAL;
        }

        int count = Math.Min(buffer.Length, ToRead.Length);
        ToRead.AsSpan(0, count).CopyTo(buffer);
        ToRead = ToRead[count..];
        return count;
    }

    public override nint Write(int fd, ReadOnlySpan<byte> buffer)
    {
        if (fd < OwnFd)
        {
            return base.Write(fd, buffer);
        }

        Written = buffer.ToArray();
        return buffer.Length;
    }

    public override int Close(int fd)
    {
        if (fd < OwnFd)
        {
            return base.Close(fd);
        }

        Closed.Add(fd);
        return 0;
    }

    public override int Open(string path, OpenFlags flags) => OwnFd;

    private void Note(uint request, byte[] argument)
    {
        Request = request;
        Argument = argument;
        Count++;
        Requests.Add(request);
    }
}
