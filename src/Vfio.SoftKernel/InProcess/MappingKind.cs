namespace Vfio.SoftKernel.InProcess;

/// <summary>What stands at an address, as far as the seam mapped it.</summary>
internal enum MappingKind
{
    /// <summary>Nothing the seam knows of, or nothing it may dereference.</summary>
    Other,

    /// <summary>A shared mapping of a memory file sealed against shrinking.</summary>
    MemoryFile,

    /// <summary>Registers of a soft device.</summary>
    Device,
}
