namespace Vfio;

/// <summary>An interface that was not taken, and why.</summary>
/// <param name="Interface">The interface.</param>
/// <param name="Reason">Why it cannot or shall not be used.</param>
public sealed record RuledOut(VfioInterface Interface, string Reason);
