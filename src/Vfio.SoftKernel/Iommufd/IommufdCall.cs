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
        if (userSize > (uint)bytes.Length)
        {
            Errno error = CheckZero(bytes.Length);
            if (error != Errno.None)
            {
                return error;
            }
        }

        return _argument.CopyIn(0, bytes[..(int)Math.Min(userSize, (uint)bytes.Length)]);
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

    /// <summary>check_zeroed_user.</summary>
    private Errno CheckZero(int from)
    {
        Span<byte> chunk = stackalloc byte[256];
        for (uint at = (uint)from; at < userSize;)
        {
            if (at > int.MaxValue - 256)
            {
                return Errno.EFAULT;
            }

            Span<byte> part = chunk[..(int)Math.Min(256, userSize - at)];
            Errno error = _argument.CopyIn((int)at, part);
            if (error != Errno.None)
            {
                return error;
            }

            if (part.ContainsAnyExcept((byte)0))
            {
                return Errno.E2BIG;
            }

            at += (uint)part.Length;
        }

        return Errno.None;
    }
}
