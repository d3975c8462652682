namespace Vfio;

/// <summary>Registers mapped by themselves, outside of any region. Each access is one of its width. Disposing unmaps; no access may run then.</summary>
public sealed partial class MappedRegisters : IDisposable
{
    private readonly MemoryMapping _mapping;

    internal MappedRegisters(MemoryMapping mapping) => _mapping = mapping;

    /// <summary>Bytes.</summary>
    public ulong Length => _mapping.Length;

    /// <summary>Where they are in this process, to be given to a virtual machine's memory map. Valid until disposed.</summary>
    /// <exception cref="ObjectDisposedException">Unmapped.</exception>
    public nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(_mapping.IsClosed, this);
            return _mapping.Address;
        }
    }

    /// <summary>Unmaps.</summary>
    public void Dispose() => _mapping.Dispose();

    private nint At(ulong offset, uint width)
    {
        ulong room = Length >= width ? Length - width + 1 : 0;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(offset, room);
        if (offset % width != 0)
        {
            throw new ArgumentException($"0x{offset:x} is no multiple of {width}.", nameof(offset));
        }

        return Address + (nint)offset;
    }
}
