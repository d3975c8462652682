namespace Vfio;

/// <summary>What a <see cref="VfioDevice"/> needs of an address space: an <see cref="Ioas"/> and a <see cref="VfioContainer"/> both have it.</summary>
internal interface IDmaMapper
{
    /// <summary>The addresses at which a mapping may lie.</summary>
    IovaRanges GetIovaRanges();

    /// <summary>Maps memory of this process; the address it got.</summary>
    ulong Map(nint address, ulong length, DmaAccess access, ulong? iova, ulong lastIova);

    /// <summary>Maps a file; the address it got.</summary>
    ulong MapFile(VfioFileHandle file, ulong start, ulong length, DmaAccess access, ulong? iova, ulong lastIova);

    /// <summary>Takes exactly one mapping away; when this returns the device reaches it no more.</summary>
    void Unmap(ulong iova, ulong length);
}
