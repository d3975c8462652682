using Vfio.Emulator.Remote;

namespace Vfio.Emulator.Leaks;

/// <summary>A process that is ending by its own will, with soft files open that hold something.</summary>
/// <param name="Process">The process; a use of it is this object's.</param>
/// <param name="Files">Those files, each with what is a leak if nobody else has it open.</param>
internal sealed record ExitingProcess(RemoteProcess Process, IReadOnlyList<(SoftOpen Open, Leak Leak)> Files);
