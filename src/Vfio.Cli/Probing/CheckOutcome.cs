namespace Vfio.Cli.Probing;

/// <summary>How a check ended.</summary>
internal enum CheckOutcome
{
    /// <summary>It was not made; the detail says why.</summary>
    NotDone,

    /// <summary>Made, and right.</summary>
    Passed,

    /// <summary>Made, and wrong.</summary>
    Failed,
}
