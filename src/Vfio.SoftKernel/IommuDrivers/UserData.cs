using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.IommuDrivers;

/// <summary>A driver's own struct in the caller's memory. Linux: struct iommu_user_data, include/linux/iommu.h.</summary>
/// <param name="memory">Whose memory.</param>
/// <param name="type">What the caller says it is.</param>
/// <param name="address">Where.</param>
/// <param name="length">Its bytes; 0: there is none.</param>
internal readonly struct UserData(UserMemory memory, uint type, ulong address, uint length)
{
    /// <summary>There is one.</summary>
    public bool IsPresent => length != 0;

    /// <summary>What the caller says it is.</summary>
    public uint Type => type;

    /// <summary>
    /// iommu_copy_struct_from_user: EINVAL for another type, for fewer bytes than the struct first had and for more than it has now; what is missing reads as
    /// zero.
    /// </summary>
    public Errno Read<T>(uint expected, int minimum, out T value)
        where T : unmanaged
    {
        value = default;
        Span<byte> bytes = StructBytes.AsBytes(ref value);
        return type != expected || length < (uint)minimum || length > (uint)bytes.Length ? Errno.EINVAL : memory.CopyIn(address, bytes[..(int)length]);
    }

    /// <summary>iommu_copy_struct_to_user.</summary>
    public Errno Write<T>(uint expected, int minimum, ref T value)
        where T : unmanaged
    {
        Span<byte> bytes = StructBytes.AsBytes(ref value);
        return type != expected || length < (uint)minimum || length > (uint)bytes.Length ? Errno.EINVAL : memory.CopyOut(address, bytes[..(int)length]);
    }
}
