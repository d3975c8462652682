namespace Vfio.Emulator.Notify;

/// <summary>What a call is answered.</summary>
internal readonly record struct Answer
{
    private readonly bool _isOurs;

    private Answer(long result) => (_isOurs, Result) = (true, result);

    /// <summary>It is none of ours: the host's kernel does it.</summary>
    public static Answer Continue => default;

    /// <summary>It is none of ours.</summary>
    public bool IsContinued => !_isOurs;

    /// <summary>Zero or more, or a negative errno.</summary>
    public long Result { get; }

    /// <summary>A result.</summary>
    public static Answer Of(long result) => new(result);
}
