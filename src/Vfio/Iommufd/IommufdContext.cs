using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// An open /dev/iommu: the owner of I/O page tables. Address spaces (<see cref="Ioas"/>) and page tables (<see cref="Hwpt"/>) made
/// through it live until they are destroyed or the last descriptor of this file, or of a device bound to it, is closed.
/// </summary>
/// <remarks>
/// Each method is one ioctl and names it. Safe to use from several threads. A call after <see cref="Dispose"/> throws
/// <see cref="ObjectDisposedException"/>; one that the kernel refuses throws <see cref="VfioException"/> with its errno.
/// </remarks>
public sealed partial class IommufdContext : IDisposable
{
    private readonly bool _leaveOpen;

    /// <summary>Works on an iommufd that somebody else opened, for example one received from a broker.</summary>
    /// <param name="handle">The open file.</param>
    /// <param name="leaveOpen">True: <see cref="Dispose"/> does not close <paramref name="handle"/>, it stays the caller's.</param>
    public IommufdContext(VfioFileHandle handle, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(handle);
        Handle = handle;
        _leaveOpen = leaveOpen;
    }

    /// <summary>The open file. Owned by this object unless it was made with leaveOpen.</summary>
    public VfioFileHandle Handle { get; }

    /// <summary>Held while the compat IOAS stands in for a question, so that two devices opened at once do not swap it under each other.</summary>
    internal Lock CompatIoasLock { get; } = new();

    /// <summary>Opens /dev/iommu of <paramref name="host"/> (open).</summary>
    /// <exception cref="VfioException">ENOENT: the kernel has no iommufd. EACCES: no permission on the node.</exception>
    public static IommufdContext Open(VfioHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        return new IommufdContext(VfioFileHandle.Open(host.Calls, host.PathOf("/dev/iommu"), OpenFlags.ReadWrite));
    }

    /// <summary>A new, empty address space (IOMMU_IOAS_ALLOC).</summary>
    public Ioas AllocateIoas()
    {
        IommuIoasAlloc argument = new() { Size = (uint)StructBytes.SizeOf<IommuIoasAlloc>() };
        Handle.Check(Handle.Ioctl(IommufdUapi.IOMMU_IOAS_ALLOC, ref argument), nameof(IommufdUapi.IOMMU_IOAS_ALLOC));
        return new Ioas(this, argument.OutIoasId, destroyOnDispose: true);
    }

    /// <summary>An address space that exists already, named by its id; disposing the object does not destroy it. No call is made.</summary>
    /// <param name="id">Its id in this iommufd.</param>
    public Ioas GetIoas(uint id) => new(this, id, destroyOnDispose: false);

    /// <summary>The address space that VFIO's type1 calls on this file work on, or null (IOMMU_VFIO_IOAS, GET).</summary>
    public uint? GetCompatIoas()
    {
        IommuVfioIoas argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuVfioIoas>(),
            Op = (ushort)IommufdUapi.IOMMU_VFIO_IOAS_GET,
        };
        int result = Handle.Ioctl(IommufdUapi.IOMMU_VFIO_IOAS, ref argument);
        if (result == -(int)Errno.ENODEV)
        {
            return null;
        }

        Handle.Check(result, "IOMMU_VFIO_IOAS(GET)");
        return argument.IoasId;
    }

    /// <summary>Makes VFIO's type1 calls on this file work on an address space (IOMMU_VFIO_IOAS, SET).</summary>
    /// <param name="ioasId">Its id.</param>
    public void SetCompatIoas(uint ioasId) => Handle.Check(CompatIoas(IommufdUapi.IOMMU_VFIO_IOAS_SET, ioasId), "IOMMU_VFIO_IOAS(SET)");

    /// <summary>Leaves VFIO's type1 calls on this file without an address space (IOMMU_VFIO_IOAS, CLEAR).</summary>
    public void ClearCompatIoas() => Handle.Check(CompatIoas(IommufdUapi.IOMMU_VFIO_IOAS_CLEAR, 0), "IOMMU_VFIO_IOAS(CLEAR)");

    /// <summary>
    /// VFIO_CHECK_EXTENSION on this file, as a container is asked. An answer about an address space without a page table says little:
    /// VFIO_DMA_CC_IOMMU of an empty one is 1 everywhere.
    /// </summary>
    /// <param name="extension">One of VFIO's extension numbers.</param>
    /// <returns>0 for no; what the kernel answers otherwise.</returns>
    /// <exception cref="VfioException">ENODEV: no compat address space is set.</exception>
    public int CheckExtension(uint extension) =>
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_CHECK_EXTENSION, (nuint)extension), nameof(VfioUapi.VFIO_CHECK_EXTENSION));

    /// <summary>
    /// Whether pinned memory is charged to the process (true) or to the user (false, the kernel's default) (IOMMU_OPTION, RLIMIT_MODE, GET).
    /// </summary>
    public bool ChargesProcess => GetOption(IommufdUapi.IOMMU_OPTION_RLIMIT_MODE, 0) != 0;

    /// <summary>Chooses who is charged for pinned memory (IOMMU_OPTION, RLIMIT_MODE, SET).</summary>
    /// <param name="process">True: this process. False: its user.</param>
    /// <exception cref="VfioException">EPERM: needs CAP_SYS_RESOURCE. EBUSY: the file has objects already.</exception>
    public void SetChargesProcess(bool process) => SetOption(IommufdUapi.IOMMU_OPTION_RLIMIT_MODE, 0, process ? 1UL : 0);

    /// <summary>
    /// Charges the memory that is pinned through this file to the calling process from now on, so that a device can be handed to it alive (IOMMU_IOAS_CHANGE_PROCESS; since Linux
    /// 6.13).
    /// </summary>
    /// <exception cref="VfioException">EINVAL: something other than a file is mapped (<see cref="Ioas.MapFile"/>); nothing was moved. ENOMEM: RLIMIT_MEMLOCK here.</exception>
    public void ChangeProcess()
    {
        IommuIoasChangeProcess argument = new() { Size = (uint)StructBytes.SizeOf<IommuIoasChangeProcess>() };
        Handle.Check(Handle.Ioctl(IommufdUapi.IOMMU_IOAS_CHANGE_PROCESS, ref argument), nameof(IommufdUapi.IOMMU_IOAS_CHANGE_PROCESS));
    }

    /// <summary>The version of VFIO's container calls on this file (VFIO_GET_API_VERSION): 0.</summary>
    public int GetApiVersion() => Handle.Check(Handle.Ioctl(VfioUapi.VFIO_GET_API_VERSION, 0), nameof(VfioUapi.VFIO_GET_API_VERSION));

    /// <summary>Destroys an object by its id (IOMMU_DESTROY).</summary>
    /// <param name="id">The object: an IOAS, a HWPT.</param>
    /// <exception cref="VfioException">ENOENT: there is none. EBUSY: something uses it.</exception>
    public void Destroy(uint id) => Handle.Check(TryDestroy(id), nameof(IommufdUapi.IOMMU_DESTROY));

    /// <summary>Closes the file unless it was left to its owner. Devices bound to it keep its objects alive until they close.</summary>
    public void Dispose()
    {
        if (!_leaveOpen)
        {
            Handle.Dispose();
        }
    }

    /// <summary>IOMMU_DESTROY, its errno as a value: disposal does not throw.</summary>
    internal int TryDestroy(uint id)
    {
        IommuDestroy argument = new() { Size = (uint)StructBytes.SizeOf<IommuDestroy>(), Id = id };
        return Handle.Ioctl(IommufdUapi.IOMMU_DESTROY, ref argument);
    }

    /// <summary>IOMMU_VFIO_IOAS, its errno as a value.</summary>
    internal int CompatIoas(uint operation, uint ioasId)
    {
        IommuVfioIoas argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuVfioIoas>(),
            IoasId = ioasId,
            Op = (ushort)operation,
        };
        return Handle.Ioctl(IommufdUapi.IOMMU_VFIO_IOAS, ref argument);
    }

    internal ulong GetOption(uint option, uint objectId)
    {
        IommuOption argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuOption>(),
            OptionId = option,
            Op = (ushort)IommufdUapi.IOMMU_OPTION_OP_GET,
            ObjectId = objectId,
        };
        Handle.Check(Handle.Ioctl(IommufdUapi.IOMMU_OPTION, ref argument), "IOMMU_OPTION(GET)");
        return argument.Val64;
    }

    internal void SetOption(uint option, uint objectId, ulong value)
    {
        IommuOption argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuOption>(),
            OptionId = option,
            Op = (ushort)IommufdUapi.IOMMU_OPTION_OP_SET,
            ObjectId = objectId,
            Val64 = value,
        };
        Handle.Check(Handle.Ioctl(IommufdUapi.IOMMU_OPTION, ref argument), "IOMMU_OPTION(SET)");
    }
}
