namespace Vfio;

// Sound: At gives an aligned address inside the mapping, or throws.
public sealed partial class MappedRegisters
{
    /// <summary>Reads 32 bits.</summary>
    /// <param name="offset">Bytes, a multiple of 4.</param>
    public uint Read32(ulong offset)
    {
        unsafe
        {
            return Mmio.Read32((uint*)At(offset, sizeof(uint)));
        }
    }

    /// <summary>Writes 32 bits.</summary>
    /// <param name="offset">Bytes, a multiple of 4.</param>
    /// <param name="value">The value.</param>
    public void Write32(ulong offset, uint value)
    {
        unsafe
        {
            Mmio.Write32((uint*)At(offset, sizeof(uint)), value);
        }
    }

    /// <summary>Reads 64 bits.</summary>
    /// <param name="offset">Bytes, a multiple of 8.</param>
    public ulong Read64(ulong offset)
    {
        unsafe
        {
            return Mmio.Read64((ulong*)At(offset, sizeof(ulong)));
        }
    }

    /// <summary>Writes 64 bits.</summary>
    /// <param name="offset">Bytes, a multiple of 8.</param>
    /// <param name="value">The value.</param>
    public void Write64(ulong offset, ulong value)
    {
        unsafe
        {
            Mmio.Write64((ulong*)At(offset, sizeof(ulong)), value);
        }
    }
}
