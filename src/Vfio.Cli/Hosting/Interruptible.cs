namespace Vfio.Cli.Hosting;

/// <summary>Calls that the kernel ends when somebody else does something: a read of a pipe, an open of one. A signal ends waiting for them.</summary>
internal static class Interruptible
{
    /// <summary>Makes a call on another thread, which is left in it where the wait ends before: it touches nothing that the caller gives back.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled. What the call throws goes through.</exception>
    public static T Wait<T>(Func<T> call, CancellationToken cancellation)
        => Task.Run(call, CancellationToken.None).WaitAsync(cancellation).GetAwaiter().GetResult();
}
