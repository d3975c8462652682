namespace Vfio.Hardware.Pci;

/// <summary>Where a function's interrupts go: the kernel driver that has it. Called on whatever thread the model runs; never under a lock of the model.</summary>
public interface IInterruptSink
{
    /// <summary>INTx is asserted (true) or deasserted.</summary>
    void SignalIntx(bool level);

    /// <summary>MSI message <paramref name="vector"/> was sent.</summary>
    void SignalMsi(int vector);

    /// <summary>The message of MSI-X table entry <paramref name="vector"/> was sent.</summary>
    void SignalMsix(int vector);
}
