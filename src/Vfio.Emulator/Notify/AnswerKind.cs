namespace Vfio.Emulator.Notify;

/// <summary>How a call is answered.</summary>
internal enum AnswerKind
{
    /// <summary>It is none of ours: the host's kernel does it.</summary>
    Continue,

    /// <summary>With a result.</summary>
    Result,

    /// <summary>It has been.</summary>
    Given,
}
