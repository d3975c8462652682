using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>One ioctl on an iommufd after its size was checked: who calls, and their struct. Linux: struct iommufd_ucmd.</summary>
internal readonly ref struct IommufdCall(KernelTask task, UserArgument argument, uint userSize)
{
    private readonly UserArgument _argument = argument;

    /// <summary>Who calls.</summary>
    public KernelTask Task { get; } = task;

    /// <summary>
    /// copy_struct_from_user: what the caller's struct lacks reads as zero; what it has beyond ours must be zero, else E2BIG.
    /// </summary>
    public Errno Read<T>(out T command)
        where T : unmanaged
    {
        command = default;
        Span<byte> bytes = StructBytes.AsBytes(ref command);
        Errno error = _argument.CheckZeroed(bytes.Length, userSize);
        return error != Errno.None ? error : _argument.CopyIn(0, bytes[..(int)Math.Min(userSize, (uint)bytes.Length)]);
    }

    /// <summary>iommufd_ucmd_respond: gives as much of the struct back as the caller has room for.</summary>
    public Errno Respond<T>(ref T command)
        where T : unmanaged
    {
        Span<byte> bytes = StructBytes.AsBytes(ref command);
        return _argument.CopyOut(0, bytes[..(int)Math.Min(userSize, (uint)bytes.Length)]);
    }

    /// <summary>Gives one field back, for a call that writes no more.</summary>
    public Errno RespondAt(int offset, ulong field) => _argument.CopyOut(offset, StructBytes.AsBytes(ref field));
}
