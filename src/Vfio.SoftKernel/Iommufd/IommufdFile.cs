using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>An open /dev/iommu. Linux: struct iommufd_ctx, drivers/iommu/iommufd/main.c.</summary>
/// <remarks>
/// Locks of this room, outermost first: the driver's own for its device; <see cref="Ioas.HwptLock"/>; <see cref="IommufdGroup.Lock"/>; an access's; the IOAS's;
/// its pages' (one at a time); a dma-buf's import; then the leaves: object table, groups of this file, IOMMU group, I/O page table. A dma-buf's own lock comes from its
/// exporter, outside its imports'. IOAS_COPY looks up and lets go of its source before it takes its destination: only IOAS_CHANGE_PROCESS locks address spaces together,
/// in the order of their ids.
/// </remarks>
internal sealed partial class IommufdFile : OpenFile
{
    private readonly Lock _groupsLock = new();
    private readonly Dictionary<IommuGroup, IommufdGroup> _groups = [];
    private readonly Lazy<int> _hostDescriptor;
    private PinSource? _recentSource;
    private bool _chargesProcess;

    internal IommufdFile(IommufdModule module, FileStatus status, bool asVfioContainer)
    {
        Module = module;
        Status = status;
        _chargesProcess = asVfioContainer;
        _hostDescriptor = new Lazy<int>(() => module.Host.MemfdCreate("iommufd", MemfdFlags.None));
    }

    /// <summary>What it shares with the machine's other iommufds.</summary>
    public IommufdModule Module { get; }

    /// <summary>Its objects by id.</summary>
    public ObjectTable Objects { get; } = new();

    /// <inheritdoc/>
    public override UapiFile? Kind => UapiFile.Iommufd;

    /// <inheritdoc/>
    public override FileStatus Status { get; }

    /// <inheritdoc/>
    public override int HostDescriptor => _hostDescriptor.Value;

    /// <summary>iommufd_fops_ioctl. The order of its checks is part of the contract.</summary>
    public override int Ioctl(KernelTask task, uint request, UserArgument argument)
    {
        uint number = request & 0xff;
        if (!IommufdOperation.Covers(number, Module.Test is not null))
        {
            return CompatIoctl(task, request, argument);
        }

        uint userSize = 0;
        Errno error = argument.CopyIn(0, StructBytes.AsBytes(ref userSize));
        if (error == Errno.None)
        {
            IommufdCall call = new(task, argument, userSize);
            IommufdOperation operation = IommufdOperation.Of(number);
            error = operation.Number != request ? Errno.ENOTTY
                : userSize < operation.MinimumSize ? Errno.EINVAL
                : operation.Execute(this, call);
        }

        return -(int)error;
    }

    /// <summary>iommufd_ctx_has_group: a device of <paramref name="group"/> is bound here.</summary>
    public bool HasGroup(IommuGroup group) => Objects.Any(group, static (entry, wanted) => entry is IommufdDevice device && device.Device.Group == wanted);

    /// <summary>iommufd_get_group: this file's view of a group, counted by the devices bound to it.</summary>
    internal IommufdGroup GetGroup(IommuGroup group)
    {
        lock (_groupsLock)
        {
            if (!_groups.TryGetValue(group, out IommufdGroup? found))
            {
                found = new IommufdGroup(group);
                _groups.Add(group, found);
            }

            found.Bound++;
            return found;
        }
    }

    /// <summary>iommufd_put_group.</summary>
    internal void PutGroup(IommufdGroup group)
    {
        lock (_groupsLock)
        {
            if (--group.Bound == 0)
            {
                _groups.Remove(group.Group);
            }
        }
    }

    /// <summary>iommufd_fops_release. No device is bound but mock ones, which go with the file: each other holds a reference on it.</summary>
    protected override void Release()
    {
        Module.Test?.Closed(this);
        Objects.DestroyAll();
        if (_hostDescriptor.IsValueCreated && _hostDescriptor.Value >= 0)
        {
            Module.Host.Close(_hostDescriptor.Value);
        }
    }

    internal Errno Destroy(IommufdCall call)
    {
        Errno error = call.Read(out IommuDestroy command);
        return error != Errno.None ? error : Objects.Destroy(command.Id);
    }

    /// <summary>
    /// iopt_alloc_pages: who is charged is settled now: nobody with CAP_IPC_LOCK, else the user, or the process where the file says so.
    /// </summary>
    private PinPayer Payer(KernelTask task)
    {
        if (task.Credentials.IpcLock)
        {
            return default;
        }

        bool isProcess = Volatile.Read(ref _chargesProcess);
        MemlockAccount account = isProcess ? Module.Accounts.OfProcess(task.Memory) : Module.Accounts.OfUser(task.Credentials.UserId);
        return new PinPayer(account, task.Credentials.MemlockLimit, isProcess);
    }

    /// <summary>The pages of the caller's memory; one object serves all mappings of a caller whose circumstances stay the same.</summary>
    private PinSource MemoryOf(KernelTask task, bool writable)
    {
        PinPayer payer = Payer(task);
        PinSource? recent = Volatile.Read(ref _recentSource);
        if (recent is null || !recent.Is(task.Memory, payer, writable))
        {
            recent = new PinSource(task.Memory, null, payer, writable);
            Volatile.Write(ref _recentSource, recent);
        }

        return recent;
    }
}
