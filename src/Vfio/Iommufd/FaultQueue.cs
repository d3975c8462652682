using System.Runtime.CompilerServices;
using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// Where devices' I/O page faults are read and answered (IOMMU_FAULT_QUEUE_ALLOC; since Linux 6.11). Page tables are made to use it (<see cref="IommufdContext.AllocateHwpt"/>).
/// A device waits until its group of faults is answered; what is not answered when its page table goes is answered invalid by the kernel.
/// </summary>
/// <remarks>Safe to use from several threads; one asynchronous wait at a time. Disposing ends a wait with <see cref="ObjectDisposedException"/>; dispose the page tables first.</remarks>
public sealed class FaultQueue : IommufdObject
{
    private const int BatchFaults = 32;

    // Where growing ends: no device asks for so much at once.
    private const int MostFaults = 1 << 16;
    private static readonly int s_entry = StructBytes.SizeOf<IommuHwptPgfault>();

    private readonly Lock _lock = new();
    private readonly Queue<IoPageFault> _left = [];
    private byte[] _batch = new byte[BatchFaults * s_entry];
    private readonly ReadableWait _wait;

    internal FaultQueue(IommufdContext context, uint id, VfioFileHandle handle)
        : base(context, id)
    {
        Handle = handle;
        _wait = new ReadableWait(handle);
    }

    /// <summary>The queue's file, for programs that wait with their own loop (poll) and then <see cref="TryRead"/> until it gives none; owned by this object.</summary>
    public VfioFileHandle Handle { get; }

    /// <summary>Takes the faults that are there, without waiting (read). Whole groups only, but for what an ended <see cref="ReadAllAsync"/> left.</summary>
    /// <param name="faults">Room; a group that does not fit stays.</param>
    /// <returns>How many were taken; 0 where there is none.</returns>
    /// <exception cref="VfioException">EINVAL: the first group is longer than <paramref name="faults"/>.</exception>
    public int TryRead(Span<IoPageFault> faults)
    {
        lock (_lock)
        {
            int left = 0;
            while (left < faults.Length && _left.TryDequeue(out faults[left]))
            {
                left++;
            }

            if (left > 0)
            {
                return left;
            }

            // EINVAL: not even the first group fits. One that is longer than all before it makes the batch grow, as far as the caller has room.
            int room = Math.Min(faults.Length, _batch.Length / s_entry);
            nint result;
            while ((result = Handle.Read(_batch.AsSpan(0, room * s_entry))) == -(int)Errno.EINVAL && room < faults.Length)
            {
                room = Math.Min(faults.Length, room * 2);
                _batch = new byte[room * s_entry];
            }

            // Nothing: 0 on Linux, EAGAIN where a socket stands for the queue (vfio emulate).
            if (result == -(int)Errno.EAGAIN)
            {
                return 0;
            }

            int count = (int)(result.ThrowIfError("read", Handle.Path) / s_entry);
            for (int i = 0; i < count; i++)
            {
                _ = StructBytes.TryRead(_batch.AsSpan(i * s_entry), out IommuHwptPgfault fault);
                faults[i] = IoPageFault.From(fault);
            }

            return count;
        }
    }

    /// <summary>Takes faults, waiting for the first without a thread (epoll). Allocates nothing.</summary>
    /// <param name="faults">Room for at least one group.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How many were taken; at least one.</returns>
    /// <exception cref="InvalidOperationException">Another wait is under way.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The queue is disposed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<int> ReadAsync(Memory<IoPageFault> faults, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(faults.Length);
        cancellationToken.ThrowIfCancellationRequested();
        while (true)
        {
            int count = TryRead(faults.Span);
            if (count > 0)
            {
                return count;
            }

            await _wait.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Every fault as it comes. Ends only by an exception, or where the program leaves its loop; a fault that was not handed out stays for the next read, for its device waits.
    /// </summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The queue is disposed.</exception>
    public async IAsyncEnumerable<IoPageFault> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        IoPageFault[] faults = new IoPageFault[BatchFaults];
        while (true)
        {
            int count;
            try
            {
                count = await ReadAsync(faults, cancellationToken).ConfigureAwait(false);
            }
            catch (VfioException e) when (e.Errno == Errno.EINVAL && faults.Length < MostFaults)
            {
                faults = new IoPageFault[faults.Length * 2];
                continue;
            }

            int next = 0;
            try
            {
                while (next < count)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return faults[next++];
                }
            }
            finally
            {
                PutBack(faults.AsSpan(next, count - next));
            }
        }
    }

    /// <summary>Answers a group of faults (write): the device goes on, or its access fails.</summary>
    /// <param name="fault">The last of the group.</param>
    /// <param name="resolved">True: the address is mapped now, try again. False: it is none.</param>
    /// <exception cref="ArgumentException">Not the last of its group: only that one is answered.</exception>
    /// <exception cref="VfioException">EINVAL: the group was answered already, or by the kernel as its page table went.</exception>
    public void Respond(in IoPageFault fault, bool resolved)
    {
        if (!fault.IsLast)
        {
            throw new ArgumentException("A group of faults is answered by its last.", nameof(fault));
        }

        IommuHwptPageResponse response = new()
        {
            Cookie = fault.Cookie,
            Code = resolved ? IommufdUapi.IOMMUFD_PAGE_RESP_SUCCESS : IommufdUapi.IOMMUFD_PAGE_RESP_INVALID,
        };
        Handle.Write(StructBytes.AsBytes(ref response)).ThrowIfError("write", Handle.Path);
    }

    private void PutBack(ReadOnlySpan<IoPageFault> faults)
    {
        lock (_lock)
        {
            foreach (IoPageFault fault in faults)
            {
                _left.Enqueue(fault);
            }
        }
    }

    /// <inheritdoc/>
    private protected override void CloseFile()
    {
        _wait.Close();
        Handle.Dispose();
    }
}
