using Vfio.Uapi;

namespace Vfio;

/// <summary>Which optional states a device's migration has; VFIO_MIGRATION_*.</summary>
[Flags]
public enum MigrationCapabilities : ulong
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary><see cref="MigrationState.StopCopy"/>; every device that migrates has it.</summary>
    StopCopy = VfioUapi.VFIO_MIGRATION_STOP_COPY,

    /// <summary><see cref="MigrationState.RunningP2P"/>.</summary>
    P2P = VfioUapi.VFIO_MIGRATION_P2P,

    /// <summary><see cref="MigrationState.PreCopy"/>.</summary>
    PreCopy = VfioUapi.VFIO_MIGRATION_PRE_COPY,
}
