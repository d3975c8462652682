using System.Buffers;

namespace Vfio.Cli.Hosting;

/// <summary>Calls that the kernel ends when somebody else does something: a read of a pipe, a write to one, an open of one. A signal ends waiting for them.</summary>
internal static class Interruptible
{
    /// <summary>Makes a call on another thread, which is left in it where the wait ends before: it touches nothing that the caller gives back.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled. What the call throws goes through.</exception>
    public static T Wait<T>(Func<T> call, CancellationToken cancellation)
        => Task.Run(call, CancellationToken.None).WaitAsync(cancellation).GetAwaiter().GetResult();

    /// <summary>Likewise writes a copy of data, which a write that is left behind keeps. After a cancellation nothing is written.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled, or had been. What the write throws goes through.</exception>
    public static void Write(ReadOnlySpan<byte> data, Action<ReadOnlyMemory<byte>> write, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        byte[] copy = ArrayPool<byte>.Shared.Rent(data.Length);
        ReadOnlyMemory<byte> written = copy.AsMemory(0, data.Length);
        data.CopyTo(copy);
        Task.Run(() => write(written), CancellationToken.None).WaitAsync(cancellation).GetAwaiter().GetResult();
        ArrayPool<byte>.Shared.Return(copy);
    }
}
