namespace Vfio.Hardware.Models;

/// <summary>What is made to go wrong with one command.</summary>
public readonly record struct NvmeInjection
{
    /// <summary>Nothing.</summary>
    public static NvmeInjection None => default;

    /// <summary>Status code type and code that it ends with, instead of being done; 0: it is done.</summary>
    public ushort Status { get; init; }

    /// <summary>How long it takes; where it is answered twice, until the second time.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>It is answered once more.</summary>
    public bool IsAnsweredTwice { get; init; }

    /// <summary>It is never answered, unless it is aborted.</summary>
    public bool IsLost { get; init; }

    /// <summary>It is never answered, nor found by an Abort.</summary>
    public bool IsForgotten { get; init; }

    /// <summary>The controller stops at it without a word, and does nothing any more until it is reset.</summary>
    public bool IsHung { get; init; }

    /// <summary>The controller stops at it with CSTS.CFS, and does nothing any more until it is reset.</summary>
    public bool IsFatal { get; init; }
}
