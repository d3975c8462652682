using System.Runtime.CompilerServices;
using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// Events of a <see cref="VirtualIommu"/> (IOMMU_VEVENTQ_ALLOC; since Linux 6.15). Safe to use from several threads; one asynchronous wait at a time. Disposing ends it with
/// <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed class VirtualEventQueue : IommufdObject
{
    /// <summary>What an event may be at most; the kernel has no limit, its kinds are of some ten bytes.</summary>
    internal const int MostEventBytes = 4096;

    private const int BatchEvents = 32;
    private static readonly int s_header = StructBytes.SizeOf<IommufdVeventHeader>();

    private readonly Lock _lock = new();
    private readonly Queue<VirtualEvent> _read = [];
    private readonly byte[] _batch;
    private readonly int _eventBytes;
    private readonly ReadableWait _wait;

    internal VirtualEventQueue(VirtualIommu iommu, uint id, VfioFileHandle handle, uint type, int eventBytes)
        : base(iommu.Context, id)
    {
        Iommu = iommu;
        Handle = handle;
        Type = type;
        _eventBytes = eventBytes;
        _batch = new byte[BatchEvents * (s_header + eventBytes)];
        _wait = new ReadableWait(handle);
    }

    /// <summary>The vIOMMU; not owned.</summary>
    public VirtualIommu Iommu { get; }

    /// <summary>IOMMU_VEVENTQ_TYPE_*.</summary>
    public uint Type { get; }

    /// <summary>The queue's file, for programs that wait with their own loop (poll) and then <see cref="TryRead"/> until it gives none; owned by this object.</summary>
    public VfioFileHandle Handle { get; }

    /// <summary>Takes an event without waiting (read).</summary>
    /// <param name="item">The event.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryRead(out VirtualEvent item)
    {
        lock (_lock)
        {
            if (_read.Count == 0)
            {
                Fill();
            }

            return _read.TryDequeue(out item);
        }
    }

    /// <summary>Takes an event, waiting for it without a thread (epoll).</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidOperationException">Another wait is under way.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The queue is disposed.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<VirtualEvent> ReadAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        VirtualEvent item;
        while (!TryRead(out item))
        {
            await _wait.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return item;
    }

    /// <summary>Every event as it comes. Ends only by an exception; an event that was not handed out stays for the next read.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The queue is disposed.</exception>
    public async IAsyncEnumerable<VirtualEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        while (true)
        {
            yield return await ReadAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Bytes of an event of a kind this library knows; 0 for others.</summary>
    internal static int BytesOf(uint type) => type switch
    {
        IommufdUapi.IOMMU_VEVENTQ_TYPE_ARM_SMMUV3 => StructBytes.SizeOf<IommuVeventArmSmmuv3>(),
        IommufdUapi.IOMMU_VEVENTQ_TYPE_TEGRA241_CMDQV => StructBytes.SizeOf<IommuVeventTegra241Cmdqv>(),
        _ => 0,
    };

    /// <inheritdoc/>
    private protected override void CloseFile()
    {
        _wait.Close();
        Handle.Dispose();
    }

    private void Fill()
    {
        // Nothing: 0 on Linux, EAGAIN where a socket stands for the queue (vfio emulate).
        nint result = Handle.Read(_batch);
        int length = result == -(int)Errno.EAGAIN ? 0 : (int)result.ThrowIfError("read", Handle.Path);
        ReadOnlySpan<byte> left = _batch.AsSpan(0, length);
        while (StructBytes.TryRead(left, out IommufdVeventHeader header))
        {
            // Only a loss comes without data (Linux: drivers/iommu/iommufd/eventq.c iommufd_veventq_fops_read).
            bool isLoss = (header.Flags & IommufdUapi.IOMMU_VEVENTQ_FLAG_LOST_EVENTS) != 0;
            int data = isLoss ? 0 : Math.Min(_eventBytes, left.Length - s_header);
            _read.Enqueue(new VirtualEvent(header.Sequence, isLoss, left.Slice(s_header, data).ToArray()));
            left = left[(s_header + data)..];
        }
    }
}
