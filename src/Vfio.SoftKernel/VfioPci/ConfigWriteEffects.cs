namespace Vfio.SoftKernel.VfioPci;

/// <summary>What a write to configuration space asks of the rest of the driver.</summary>
[Flags]
internal enum ConfigWriteEffects
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The user's INTx disable is set.</summary>
    IntxDisabled = 1,

    /// <summary>The user's INTx disable is clear.</summary>
    IntxEnabled = 2,

    /// <summary>A function-level reset was asked for.</summary>
    FunctionReset = 4,
}
