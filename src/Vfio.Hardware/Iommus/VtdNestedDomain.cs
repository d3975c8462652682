using System.Buffers.Binary;

namespace Vfio.Hardware.Iommus;

/// <summary>
/// VT-d's first stage: page tables in the format of the processor (VT-d specification 3.6), read from memory at each request, as a unit without caches
/// would. Linux: drivers/iommu/intel/nested.c, struct iommu_hwpt_vtd_s1.
/// </summary>
/// <remarks>It does not set Accessed and Dirty flags: with the program's own processor writing the same entries that takes an atomic access.</remarks>
/// <param name="parent">The second stage.</param>
/// <param name="tableAddress">Where the top table stands, in the parent's addresses.</param>
/// <param name="addressWidth">Bits translated: 48 for four levels, 57 for five; any other translates nothing.</param>
/// <param name="writeProtect">WPE: a supervisor's writes too need the write flag.</param>
/// <param name="supervisor">SRE: supervisor requests are allowed. Every request of our devices is a user's.</param>
public sealed class VtdNestedDomain(IommuDomain parent, ulong tableAddress, uint addressWidth, bool writeProtect, bool supervisor) : NestedDomain(parent)
{
    private const ulong Present = 1;
    private const ulong Writable = 1 << 1;
    private const ulong User = 1 << 2;
    private const ulong Large = 1 << 7;
    private const ulong AddressMask = 0x000f_ffff_ffff_f000;

    /// <summary>WPE of the entry it stands for.</summary>
    public bool WriteProtect { get; } = writeProtect;

    /// <summary>SRE of the entry it stands for.</summary>
    public bool Supervisor { get; } = supervisor;

    /// <inheritdoc/>
    protected internal override bool TryTranslate(ulong address, bool write, out ulong parentAddress, out ulong room)
    {
        parentAddress = 0;
        room = 0;
        int levels = addressWidth switch { 48 => 4, 57 => 5, _ => 0 };

        // 3.6: an address that is not canonical has no translation.
        if (levels == 0 || (long)address << (int)(64 - addressWidth) >> (int)(64 - addressWidth) != (long)address)
        {
            return false;
        }

        ulong table = tableAddress & AddressMask;
        Span<byte> bytes = stackalloc byte[8];
        for (int level = levels; level > 0; level--)
        {
            int shift = 12 + (9 * (level - 1));
            if (!Parent.TryRead(table + ((address >> shift & 0x1ff) * 8), bytes))
            {
                return false;
            }

            ulong entry = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            if ((entry & (Present | User)) != (Present | User) || (write && (entry & Writable) == 0))
            {
                return false;
            }

            if (level == 1 || (level <= 3 && (entry & Large) != 0))
            {
                ulong within = (1UL << shift) - 1;
                if (level != 1 && (entry & AddressMask & within & ~0x1fffUL) != 0)
                {
                    // A reserved bit below a large page's address.
                    return false;
                }

                parentAddress = (entry & AddressMask & ~within) | (address & within);
                room = within - (address & within) + 1;
                return true;
            }

            table = entry & AddressMask;
        }

        return false;
    }
}
