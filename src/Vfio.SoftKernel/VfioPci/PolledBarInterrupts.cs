using Vfio.Hardware.Pci;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>Interrupts of a function with polled BARs: who is told finds in the pages what the interrupt is about.</summary>
/// <param name="bars">The BARs.</param>
/// <param name="next">Where the interrupts go.</param>
internal sealed class PolledBarInterrupts(IReadOnlyList<PolledBar> bars, IInterruptSink next) : IInterruptSink
{
    /// <inheritdoc/>
    public void SignalIntx(bool level)
    {
        ShowChanges();
        next.SignalIntx(level);
    }

    /// <inheritdoc/>
    public void SignalMsi(int vector)
    {
        ShowChanges();
        next.SignalMsi(vector);
    }

    /// <inheritdoc/>
    public void SignalMsix(int vector)
    {
        ShowChanges();
        next.SignalMsix(vector);
    }

    private void ShowChanges()
    {
        for (int i = 0; i < bars.Count; i++)
        {
            bars[i].ShowChanges();
        }
    }
}
