namespace Vfio.Hardware.Iommus;

/// <summary>
/// Memory that devices can reach: what a kernel's pinned pages are to an IOMMU. One object per memory, shared by every mapping of it and
/// counted; mappings name a place in it by offset.
/// </summary>
public abstract class DmaBacking
{
    /// <summary>No byte of a backing from here on can be mapped: a leaf of an <see cref="IommuDomain"/> has no room for its place.</summary>
    public const ulong Reach = 1UL << 50;

    private int _references = 1;

    /// <summary>Size in bytes; a page-table entry never points past it.</summary>
    public abstract ulong Length { get; }

    /// <summary>
    /// Where the memory stands in this process when it may be dereferenced: memory sealed against shrinking, or our own. Zero when it may
    /// not, and every access goes through <see cref="TryRead"/> and <see cref="TryWrite"/>.
    /// </summary>
    public virtual nint Address => 0;

    /// <summary>The pages it is made of: what an IOMMU can enter in one piece. Linux: folio_size of what is pinned.</summary>
    public virtual ulong PageSize => 4096;

    /// <summary>Which place of memory a byte of it is.</summary>
    public virtual MemoryPlace PlaceOf(ulong offset) => new(this, offset);

    /// <summary>Takes a reference.</summary>
    public void Acquire() => Interlocked.Increment(ref _references);

    /// <summary>Takes a reference where the caller holds none yet; false when the last is gone already.</summary>
    public bool TryAcquire()
    {
        int references = Volatile.Read(ref _references);
        while (references > 0)
        {
            int seen = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (seen == references)
            {
                return true;
            }

            references = seen;
        }

        return false;
    }

    /// <summary>Gives one back; the last frees the memory.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0)
        {
            Free();
        }
    }

    /// <summary>Copies out of the memory; false when it is no longer there (the DMA fails and is recorded).</summary>
    public abstract bool TryRead(ulong offset, Span<byte> destination);

    /// <summary>Copies into the memory; false when it is no longer there.</summary>
    public abstract bool TryWrite(ulong offset, ReadOnlySpan<byte> source);

    /// <summary>The last reference is gone.</summary>
    protected abstract void Free();
}
