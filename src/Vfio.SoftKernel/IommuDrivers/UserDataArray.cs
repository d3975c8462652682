using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.IommuDrivers;

/// <summary>A row of a driver's own requests in the caller's memory. Linux: struct iommu_user_data_array.</summary>
/// <param name="memory">Whose memory.</param>
/// <param name="type">What the caller says they are.</param>
/// <param name="address">Where.</param>
/// <param name="entryLength">Bytes from one to the next; at most a page.</param>
/// <param name="count">How many.</param>
internal struct UserDataArray(UserMemory memory, uint type, ulong address, uint entryLength, uint count)
{
    /// <summary>In: how many there are. The driver leaves how many it carried out.</summary>
    public uint Count { get; set; } = count;

    /// <summary>What the caller says they are.</summary>
    public readonly uint Type => type;

    /// <summary>iommu_copy_struct_from_user_array: one request, with the length rules of <see cref="UserData.Read"/>.</summary>
    public readonly Errno Read<T>(uint expected, uint index, int minimum, out T value)
        where T : unmanaged => new UserData(memory, type, unchecked(address + ((ulong)entryLength * index)), entryLength).Read(expected, minimum, out value);

    /// <summary>
    /// iommu_copy_struct_from_full_user_array: all requests at once. Longer ones are good while the rest of each is zero (E2BIG), shorter ones are filled up;
    /// none at all is EINVAL.
    /// </summary>
    public readonly Errno ReadAll<T>(uint expected, Span<T> values)
        where T : unmanaged
    {
        if (type != expected || values.IsEmpty)
        {
            return Errno.EINVAL;
        }

        int size = StructBytes.AsBytes(values[..1]).Length;
        if (entryLength == (uint)size)
        {
            return memory.CopyIn(address, StructBytes.AsBytes(values));
        }

        Span<byte> entry = stackalloc byte[(int)entryLength];
        for (int i = 0; i < values.Length; i++)
        {
            Errno error = memory.CopyIn(unchecked(address + ((ulong)entryLength * (uint)i)), entry);
            if (error != Errno.None)
            {
                return error;
            }

            if (entry.Length > size && entry[size..].ContainsAnyExcept((byte)0))
            {
                return Errno.E2BIG;
            }

            values[i] = default;
            entry[..Math.Min(size, entry.Length)].CopyTo(StructBytes.AsBytes(values.Slice(i, 1)));
        }

        return Errno.None;
    }
}
