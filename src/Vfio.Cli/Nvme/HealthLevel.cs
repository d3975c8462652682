namespace Vfio.Cli.Nvme;

/// <summary>How bad it is; the worst finding is the verdict.</summary>
internal enum HealthLevel
{
    /// <summary>Nothing to do.</summary>
    Good,

    /// <summary>See to it soon.</summary>
    Warning,

    /// <summary>What it holds is in danger.</summary>
    Critical,
}
