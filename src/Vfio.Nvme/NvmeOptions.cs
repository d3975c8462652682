namespace Vfio.Nvme;

/// <summary>What a controller may lack of the NVM command set (Identify Controller, ONCS).</summary>
[Flags]
public enum NvmeOptions
{
    /// <summary>None of it.</summary>
    None = 0,

    /// <summary>Compare.</summary>
    Compare = 1 << 0,

    /// <summary>Write Uncorrectable.</summary>
    WriteUncorrectable = 1 << 1,

    /// <summary>Dataset Management: <see cref="NvmeQueue.Deallocate"/>.</summary>
    DatasetManagement = 1 << 2,

    /// <summary>Write Zeroes: <see cref="NvmeQueue.WriteZeroes"/>.</summary>
    WriteZeroes = 1 << 3,

    /// <summary>Features can be saved over a reset.</summary>
    SavedFeatures = 1 << 4,

    /// <summary>Reservations.</summary>
    Reservations = 1 << 5,

    /// <summary>Timestamp.</summary>
    Timestamp = 1 << 6,

    /// <summary>Verify.</summary>
    Verify = 1 << 7,
}
