using Vfio.SoftKernel.Core;

namespace Vfio.Emulator.Leaks;

/// <summary>An open file that held something when its program ended, which nobody had open any longer then.</summary>
/// <param name="Process">Who ended with it.</param>
/// <param name="Program">What that was called.</param>
/// <param name="Descriptor">Its descriptor of the file.</param>
/// <param name="Path">What was opened; null of a file that a call gave.</param>
/// <param name="Held">What the file held.</param>
public sealed record Leak(int Process, string Program, int Descriptor, string? Path, IReadOnlyList<HeldObject> Held);
