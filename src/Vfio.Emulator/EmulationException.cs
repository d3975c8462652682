namespace Vfio.Emulator;

/// <summary>The host does not let a program run on a soft machine. The message says what it refused and how that can be mended.</summary>
/// <param name="message">What, and how.</param>
public sealed class EmulationException(string message) : IOException(message);
