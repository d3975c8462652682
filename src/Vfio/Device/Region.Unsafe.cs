using System.Buffers.Binary;
using System.Numerics;

namespace Vfio;

// Sound: an address is used only when the whole access lies inside a live mapping of this region: the published area is checked here, every other in
// Locate. A mapping lives until Close, which the caller keeps apart from accesses (see the remarks on the type), and Close unpublishes first.
public sealed partial class Region
{
    private nint _areaAddress;
    private ulong _areaOffset;
    private ulong _areaLength;

    /// <summary>Reads one byte.</summary>
    /// <param name="offset">Bytes from the region's start.</param>
    public byte Read8(ulong offset)
    {
        unsafe
        {
            ulong inside = offset - _areaOffset;
            return inside < _areaLength ? Mmio.Read8((byte*)(_areaAddress + (nint)inside)) : Read8Slow(offset);
        }
    }

    /// <summary>Reads two bytes at once.</summary>
    /// <param name="offset">Bytes from the region's start, a multiple of 2.</param>
    public ushort Read16(ulong offset)
    {
        unsafe
        {
            ulong inside = offset - _areaOffset;
            return IsPublished(inside, 1) ? Mmio.Read16((ushort*)(_areaAddress + (nint)inside)) : Read16Slow(offset);
        }
    }

    /// <summary>Reads four bytes at once.</summary>
    /// <param name="offset">Bytes from the region's start, a multiple of 4.</param>
    public uint Read32(ulong offset)
    {
        unsafe
        {
            ulong inside = offset - _areaOffset;
            return IsPublished(inside, 2) ? Mmio.Read32((uint*)(_areaAddress + (nint)inside)) : Read32Slow(offset);
        }
    }

    /// <summary>Reads eight bytes at once.</summary>
    /// <param name="offset">Bytes from the region's start, a multiple of 8.</param>
    public ulong Read64(ulong offset)
    {
        unsafe
        {
            ulong inside = offset - _areaOffset;
            return IsPublished(inside, 3) ? Mmio.Read64((ulong*)(_areaAddress + (nint)inside)) : Read64Slow(offset);
        }
    }

    /// <summary>Writes one byte.</summary>
    /// <param name="offset">Bytes from the region's start.</param>
    /// <param name="value">The value.</param>
    public void Write8(ulong offset, byte value)
    {
        unsafe
        {
            ulong inside = offset - _areaOffset;
            if (inside < _areaLength)
            {
                Mmio.Write8((byte*)(_areaAddress + (nint)inside), value);
            }
            else
            {
                Write8Slow(offset, value);
            }
        }
    }

    /// <summary>Writes two bytes at once.</summary>
    /// <param name="offset">Bytes from the region's start, a multiple of 2.</param>
    /// <param name="value">The value.</param>
    public void Write16(ulong offset, ushort value)
    {
        unsafe
        {
            ulong inside = offset - _areaOffset;
            if (IsPublished(inside, 1))
            {
                Mmio.Write16((ushort*)(_areaAddress + (nint)inside), value);
            }
            else
            {
                Write16Slow(offset, value);
            }
        }
    }

    /// <summary>Writes four bytes at once.</summary>
    /// <param name="offset">Bytes from the region's start, a multiple of 4.</param>
    /// <param name="value">The value.</param>
    public void Write32(ulong offset, uint value)
    {
        unsafe
        {
            ulong inside = offset - _areaOffset;
            if (IsPublished(inside, 2))
            {
                Mmio.Write32((uint*)(_areaAddress + (nint)inside), value);
            }
            else
            {
                Write32Slow(offset, value);
            }
        }
    }

    /// <summary>Writes eight bytes at once.</summary>
    /// <param name="offset">Bytes from the region's start, a multiple of 8.</param>
    /// <param name="value">The value.</param>
    public void Write64(ulong offset, ulong value)
    {
        unsafe
        {
            ulong inside = offset - _areaOffset;
            if (IsPublished(inside, 3))
            {
                Mmio.Write64((ulong*)(_areaAddress + (nint)inside), value);
            }
            else
            {
                Write64Slow(offset, value);
            }
        }
    }

    /// <summary>
    /// Whether an aligned access lies in the published area. A misaligned offset's low bits turn up at the top, above any length a mapping can have: one comparison
    /// for both.
    /// </summary>
    private bool IsPublished(ulong inside, int widthLog2) => BitOperations.RotateRight(inside, widthLog2) < _areaLength >> widthLog2;

    /// <summary>Offers the first mapped area to the short way, or none while the mappings are out of use.</summary>
    private void Publish()
    {
        Volatile.Write(ref _areaLength, 0);
        if (_mapped.Length > 0 && !_suspended && !_closed)
        {
            _areaAddress = _mapped[0].Memory.Address;
            _areaOffset = _mapped[0].Area.Offset;
            Volatile.Write(ref _areaLength, _mapped[0].Area.Length);
        }
    }

    private unsafe byte Read8Slow(ulong offset)
    {
        nint address = Locate(offset, sizeof(byte));
        if (address != 0)
        {
            return Mmio.Read8((byte*)address);
        }

        Span<byte> value = stackalloc byte[sizeof(byte)];
        ReadFile(offset, value);
        return value[0];
    }

    private unsafe ushort Read16Slow(ulong offset)
    {
        nint address = Locate(offset, sizeof(ushort));
        if (address != 0)
        {
            return Mmio.Read16((ushort*)address);
        }

        Span<byte> value = stackalloc byte[sizeof(ushort)];
        ReadFile(offset, value);
        return BinaryPrimitives.ReadUInt16LittleEndian(value);
    }

    private unsafe uint Read32Slow(ulong offset)
    {
        nint address = Locate(offset, sizeof(uint));
        if (address != 0)
        {
            return Mmio.Read32((uint*)address);
        }

        Span<byte> value = stackalloc byte[sizeof(uint)];
        ReadFile(offset, value);
        return BinaryPrimitives.ReadUInt32LittleEndian(value);
    }

    private unsafe ulong Read64Slow(ulong offset)
    {
        nint address = Locate(offset, sizeof(ulong));
        if (address != 0)
        {
            return Mmio.Read64((ulong*)address);
        }

        Span<byte> value = stackalloc byte[sizeof(ulong)];
        ReadFile(offset, value);
        return BinaryPrimitives.ReadUInt64LittleEndian(value);
    }

    private unsafe void Write8Slow(ulong offset, byte value)
    {
        nint address = Locate(offset, sizeof(byte));
        if (address != 0)
        {
            Mmio.Write8((byte*)address, value);
            return;
        }

        WriteFile(offset, [value]);
    }

    private unsafe void Write16Slow(ulong offset, ushort value)
    {
        nint address = Locate(offset, sizeof(ushort));
        if (address != 0)
        {
            Mmio.Write16((ushort*)address, value);
            return;
        }

        Span<byte> bytes = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, value);
        WriteFile(offset, bytes);
    }

    private unsafe void Write32Slow(ulong offset, uint value)
    {
        nint address = Locate(offset, sizeof(uint));
        if (address != 0)
        {
            Mmio.Write32((uint*)address, value);
            return;
        }

        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        WriteFile(offset, bytes);
    }

    private unsafe void Write64Slow(ulong offset, ulong value)
    {
        nint address = Locate(offset, sizeof(ulong));
        if (address != 0)
        {
            Mmio.Write64((ulong*)address, value);
            return;
        }

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        WriteFile(offset, bytes);
    }
}
