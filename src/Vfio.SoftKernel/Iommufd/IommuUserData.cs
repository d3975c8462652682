using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>What a caller hands to the IOMMU's driver past iommufd: a type and memory of its own. Linux: struct iommu_user_data.</summary>
/// <param name="Memory">Whose memory.</param>
/// <param name="Type">What it is, in the driver's own numbers.</param>
/// <param name="Address">Where.</param>
/// <param name="Length">Bytes; 0: there is none.</param>
internal readonly record struct IommuUserData(UserMemory Memory, uint Type, ulong Address, uint Length)
{
    /// <summary>iommu_copy_struct_from_user: EINVAL for another type or less than <paramref name="minimum"/> bytes, E2BIG for bytes beyond ours that are not zero.</summary>
    public Errno Read<T>(uint type, uint minimum, out T value)
        where T : unmanaged
    {
        value = default;
        Span<byte> bytes = StructBytes.AsBytes(ref value);
        if (Type != type || Length < minimum)
        {
            return Errno.EINVAL;
        }

        // check_zeroed_user comes before the copy.
        Span<byte> chunk = stackalloc byte[256];
        for (uint at = (uint)bytes.Length; at < Length;)
        {
            Span<byte> part = chunk[..(int)Math.Min(256, Length - at)];
            Errno error = Memory.CopyIn(unchecked(Address + at), part);
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

        return Memory.CopyIn(Address, bytes[..(int)Math.Min(Length, (uint)bytes.Length)]);
    }
}
