namespace Vfio;

/// <summary>What a device may do to memory mapped for it. Seen from the device: <see cref="Read"/> lets it fetch, <see cref="Write"/> store.</summary>
[Flags]
public enum DmaAccess
{
    /// <summary>Nothing: refused by the kernel for a mapping.</summary>
    None = 0,

    /// <summary>The device may read the memory.</summary>
    Read = 1,

    /// <summary>The device may write the memory.</summary>
    Write = 2,

    /// <summary>Both.</summary>
    ReadWrite = Read | Write,
}
