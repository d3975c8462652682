using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>Events for user space, behind a descriptor of their own. Linux: struct iommufd_eventq, drivers/iommu/iommufd/eventq.c.</summary>
/// <remarks><see cref="QueueLock"/> is a leaf: under it nothing happens but the host's descriptor being made ready.</remarks>
internal abstract class EventQueue : KernelObject
{
    private readonly Readiness _readiness;

    /// <param name="context">The iommufd it is in.</param>
    /// <param name="answers">User space writes to it too, and always can.</param>
    protected EventQueue(IommufdFile context, bool answers)
    {
        Context = context;
        _readiness = new Readiness(context.Module.Host, alwaysWritable: answers);
    }

    /// <summary>The iommufd it is in.</summary>
    public IommufdFile Context { get; }

    /// <summary>The descriptor that polls as the queue does.</summary>
    public int HostDescriptor
    {
        get
        {
            lock (QueueLock)
            {
                return _readiness.Descriptor;
            }
        }
    }

    /// <summary>What is queued.</summary>
    protected Lock QueueLock { get; } = new();

    /// <summary>fops->read.</summary>
    public abstract nint Read(Span<byte> buffer);

    /// <summary>fops->write. NULL: EINVAL.</summary>
    public virtual nint Write(ReadOnlySpan<byte> buffer) => -(int)Errno.EINVAL;

    /// <summary>
    /// iommufd_eventq_init: a number in the caller's table, a descriptor once the caller was told. The open file is a user of the queue and keeps
    /// the iommufd. Negative errno on failure.
    /// </summary>
    public int Open(KernelTask task) => task.Files.Reserve(new EventQueueFile(this));

    /// <summary>The last descriptor is closed.</summary>
    public void CloseDescriptor()
    {
        lock (QueueLock)
        {
            _readiness.Close();
        }
    }

    /// <summary>wake_up, and the reverse: is there something to read? Under <see cref="QueueLock"/>.</summary>
    protected void SetReadable(bool readable) => _readiness.Set(readable);
}
