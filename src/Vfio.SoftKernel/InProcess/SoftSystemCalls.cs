using Vfio.SoftKernel.Core;

namespace Vfio.SoftKernel.InProcess;

/// <summary>
/// The soft kernel for a program in this process. Paths under /sys, /dev and /proc, and the files opened there, are the machine's; every other call is the host's.
/// </summary>
/// <param name="machine">The machine; not owned.</param>
/// <param name="credentials">Who calls; null for root with every capability.</param>
public sealed partial class SoftSystemCalls(SoftMachine machine, Credentials? credentials = null)
{
    /// <summary>The machine.</summary>
    public SoftMachine Machine { get; } = machine;

    /// <summary>Who calls.</summary>
    public Credentials Credentials { get; } = credentials ?? Credentials.Root;
}
