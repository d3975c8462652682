namespace Vfio.Hardware.Pci;

/// <summary>A function whose state can be taken out of it and put into another of its kind. Configuration space is not in it: that is its user's to move.</summary>
public interface IMigratable
{
    /// <summary>Bytes that <see cref="SaveState"/> fills.</summary>
    int StateSize { get; }

    /// <summary>Holds the function back or lets it go on; returns once what was under way and may be no more has ended.</summary>
    void SetActivity(ModelActivity activity);

    /// <summary>Writes the state as it is now into <paramref name="destination"/>, <see cref="StateSize"/> bytes of it.</summary>
    void SaveState(Span<byte> destination);

    /// <summary>Takes a state over; false, and nothing changed, when it is none of this kind of function.</summary>
    bool TryLoadState(ReadOnlySpan<byte> state);
}
