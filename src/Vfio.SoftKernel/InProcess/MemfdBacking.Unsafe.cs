using Vfio.Hardware.Iommus;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>
/// A memory file sealed against shrinking, mapped once and whole by us: it may be dereferenced as long as a reference is held, whatever the
/// program unmaps or closes.
/// </summary>
public sealed class MemfdBacking : DmaBacking
{
    private readonly MemfdBackings _owner;
    private readonly ISystemCalls _host;

    /// <summary>Takes over a mapping of the whole file.</summary>
    public MemfdBacking(MemfdBackings owner, (uint, uint, ulong) key, ISystemCalls host, nint address, ulong length, bool isWritable)
    {
        _owner = owner;
        _host = host;
        Key = key;
        Address = address;
        Length = length;
        IsWritable = isWritable;
    }

    /// <summary>Which file: device and inode.</summary>
    public (uint, uint, ulong) Key { get; }

    /// <inheritdoc/>
    public override ulong Length { get; }

    /// <inheritdoc/>
    public override nint Address { get; }

    /// <inheritdoc/>
    public override MemoryPlace PlaceOf(ulong offset) => new(Key, offset);

    /// <summary>The mapping may be written.</summary>
    public bool IsWritable { get; }

    /// <inheritdoc/>
    public override unsafe bool TryRead(ulong offset, Span<byte> destination)
    {
        if (offset > Length || (ulong)destination.Length > Length - offset)
        {
            return false;
        }

        // Sound: inside the mapping by the check above; the mapping lives until Free, and its file cannot shrink.
        new ReadOnlySpan<byte>((byte*)Address + offset, destination.Length).CopyTo(destination);
        return true;
    }

    /// <inheritdoc/>
    public override unsafe bool TryWrite(ulong offset, ReadOnlySpan<byte> source)
    {
        if (!IsWritable || offset > Length || (ulong)source.Length > Length - offset)
        {
            return false;
        }

        // Sound: as in TryRead, and the mapping is writable.
        source.CopyTo(new Span<byte>((byte*)Address + offset, source.Length));
        return true;
    }

    /// <inheritdoc/>
    protected override void Free()
    {
        _owner.Forget(this);
        _host.Munmap(Address, (nuint)Length);
    }
}
