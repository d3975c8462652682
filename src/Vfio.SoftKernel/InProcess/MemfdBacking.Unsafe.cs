using Vfio.Hardware.Iommus;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>
/// A memory file mapped once and whole by us, which stays whatever the program unmaps or closes. Sealed against shrinking it may be dereferenced as long as a
/// reference is held; but one of huge pages is not: where a hole was punched and none is free any more, a touch would be SIGBUS.
/// </summary>
public sealed class MemfdBacking : DmaBacking
{
    private const ulong SmallPage = 4096;

    private readonly MemfdBackings _owner;
    private readonly ISystemCalls _host;
    private readonly nint _address;

    /// <summary>Takes over a mapping of the whole file.</summary>
    public MemfdBacking(MemfdBackings owner, (uint, uint, ulong) key, ISystemCalls host, nint address, ulong length, ulong pageSize, bool isWritable)
    {
        _owner = owner;
        _host = host;
        Key = key;
        _address = address;
        Length = length;
        PageSize = Math.Max(pageSize, SmallPage);
        IsWritable = isWritable;
    }

    /// <summary>Which file: device and inode.</summary>
    public (uint, uint, ulong) Key { get; }

    /// <inheritdoc/>
    public override ulong Length { get; }

    /// <inheritdoc/>
    public override ulong PageSize { get; }

    /// <inheritdoc/>
    public override nint Address => IsHuge ? 0 : _address;

    /// <inheritdoc/>
    public override MemoryPlace PlaceOf(ulong offset) => new(Key, offset);

    private bool IsHuge => PageSize > SmallPage;

    /// <summary>The mapping may be written.</summary>
    public bool IsWritable { get; }

    /// <inheritdoc/>
    public override unsafe bool TryRead(ulong offset, Span<byte> destination)
    {
        if (offset > Length || (ulong)destination.Length > Length - offset)
        {
            return false;
        }

        if (IsHuge)
        {
            return ProcessMemoryAccess.TryRead((ulong)_address + offset, destination);
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

        if (IsHuge)
        {
            return ProcessMemoryAccess.TryWrite((ulong)_address + offset, source);
        }

        // Sound: as in TryRead, and the mapping is writable.
        source.CopyTo(new Span<byte>((byte*)Address + offset, source.Length));
        return true;
    }

    /// <inheritdoc/>
    protected override void Free()
    {
        _owner.Forget(this);
        _host.Munmap(_address, (nuint)Length);
    }
}
