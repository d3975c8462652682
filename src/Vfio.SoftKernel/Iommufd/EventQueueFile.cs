using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>The open file of an event queue. Linux: the anonymous inodes [iommufd-pgfault] and [iommufd-viommu-event].</summary>
internal sealed class EventQueueFile : OpenFile
{
    private readonly EventQueue _queue;

    public EventQueueFile(EventQueue queue)
    {
        _queue = queue;
        queue.AddUser();
        queue.Context.Get();
    }

    /// <inheritdoc/>
    public override int HostDescriptor => _queue.HostDescriptor;

    /// <summary>An anonymous inode is the same for every file that has one, the host's too.</summary>
    public override FileStatus Status => _queue.Context.Module.Host.Fstat(HostDescriptor, out FileStatus status) < 0 ? default : status;

    /// <inheritdoc/>
    public override bool IsStream => true;

    /// <inheritdoc/>
    public override nint Read(KernelTask task, Span<byte> buffer, ref long position) => _queue.Read(buffer);

    /// <inheritdoc/>
    public override nint Write(KernelTask task, ReadOnlySpan<byte> buffer, ref long position) => _queue.Write(buffer);

    /// <summary>iommufd_eventq_fops_release.</summary>
    protected override void Release()
    {
        _queue.CloseDescriptor();
        IommufdFile context = _queue.Context;
        _queue.RemoveUser();
        context.Put();
    }
}
