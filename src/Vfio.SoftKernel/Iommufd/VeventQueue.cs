using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// Events of a vIOMMU, of one type. Each has a number; what did not fit into the queue shows as a header without an event at its end, or as a gap in the
/// numbers. Linux: struct iommufd_veventq, drivers/iommu/iommufd/eventq.c.
/// </summary>
internal sealed class VeventQueue : EventQueue
{
    private static readonly int s_headerSize = StructBytes.AsBytes<IommufdVeventHeader>(new IommufdVeventHeader[1]).Length;

    private readonly Viommu _viommu;
    private readonly uint _depth;
    private readonly Queue<(uint Sequence, byte[] Data)> _events = new();
    private uint? _lost;
    private uint _sequence;

    /// <param name="viommu">Whose events; one queue a type. The queue is a user of it.</param>
    /// <param name="type">IOMMU_VEVENTQ_TYPE_*.</param>
    /// <param name="depth">How many events it holds.</param>
    public VeventQueue(Viommu viommu, uint type, uint depth)
        : base(viommu.Context, answers: false)
    {
        _viommu = viommu;
        _depth = depth;
        Type = type;
        viommu.AddUser();
    }

    /// <summary>IOMMU_VEVENTQ_TYPE_*.</summary>
    public uint Type { get; }

    /// <summary>iommufd_viommu_report_event, and iommufd_vevent_handler: a lost one is told of at the end of the queue, and only there.</summary>
    public void Deliver(ReadOnlySpan<byte> data)
    {
        lock (QueueLock)
        {
            if (_events.Count == _depth)
            {
                _lost = _sequence;
            }
            else
            {
                _lost = null;
                _events.Enqueue((_sequence, data.ToArray()));
            }

            _sequence = (_sequence + 1) & int.MaxValue;
            SetReadable(true);
        }
    }

    /// <summary>iommufd_veventq_fops_read: whole events, as many as there is room for. Never waits: 0 when there are none.</summary>
    public override nint Read(Span<byte> buffer)
    {
        if (buffer.Length < s_headerSize)
        {
            return -(int)Errno.EINVAL;
        }

        int done = 0;
        lock (QueueLock)
        {
            while (_events.TryPeek(out (uint Sequence, byte[] Data) next) && s_headerSize <= buffer.Length - done)
            {
                if (s_headerSize + next.Data.Length > buffer.Length - done)
                {
                    return done == 0 ? -(int)Errno.EINVAL : done;
                }

                done += WriteHeader(buffer[done..], 0, next.Sequence);
                next.Data.CopyTo(buffer[done..]);
                done += next.Data.Length;
                _events.Dequeue();
            }

            if (_events.Count == 0 && _lost is { } lost && s_headerSize <= buffer.Length - done)
            {
                done += WriteHeader(buffer[done..], IommufdUapi.IOMMU_VEVENTQ_FLAG_LOST_EVENTS, lost);
                _lost = null;
            }

            SetReadable(_events.Count != 0 || _lost is not null);
        }

        return done;
    }

    /// <summary>iommufd_veventq_destroy.</summary>
    internal override void OnDestroyed()
    {
        _viommu.Remove(this);
        _viommu.RemoveUser();
    }

    private static int WriteHeader(Span<byte> destination, uint flags, uint sequence)
    {
        IommufdVeventHeader header = new() { Flags = flags, Sequence = sequence };
        StructBytes.AsBytes(ref header).CopyTo(destination);
        return s_headerSize;
    }
}
