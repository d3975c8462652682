using Vfio.Uapi;

namespace Vfio;

// Interrupts: the program's own, and the kernel's two messages.
public sealed partial class VfioDevice
{
    /// <summary>The vector behind <see cref="ReleaseRequested"/>, once subscribed.</summary>
    internal InterruptSet? RequestInterrupt => _requestInterrupt;

    /// <summary>What the function has of one kind (VFIO_DEVICE_GET_IRQ_INFO).</summary>
    /// <param name="kind">The kind.</param>
    /// <exception cref="VfioException">EINVAL: no such kind; the error interrupt is PCI Express's.</exception>
    public InterruptInfo GetInterruptInfo(InterruptKind kind)
    {
        VfioIrqInfo argument = new() { Argsz = (uint)StructBytes.SizeOf<VfioIrqInfo>(), Index = (uint)kind };
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_DEVICE_GET_IRQ_INFO, ref argument), nameof(VfioUapi.VFIO_DEVICE_GET_IRQ_INFO), kind.ToString());
        return new InterruptInfo(kind, (int)Math.Min(argument.Count, int.MaxValue), argument.Flags);
    }

    /// <summary>Enables MSI; turns <see cref="BusMaster"/> on. Disposing the set disables it.</summary>
    /// <param name="count">How many vectors, from 1.</param>
    /// <exception cref="InvalidOperationException">Interrupts are enabled already: dispose that set first.</exception>
    /// <exception cref="VfioException">EINVAL: the function has fewer. ENOSPC: the machine has fewer to give; it names how many.</exception>
    public InterruptSet EnableMsi(int count = 1) => Enable(InterruptKind.Msi, count);

    /// <summary>Enables MSI-X; turns <see cref="BusMaster"/> on. Disposing the set disables it.</summary>
    /// <param name="count">How many vectors, from 1.</param>
    /// <exception cref="InvalidOperationException">Interrupts are enabled already: dispose that set first.</exception>
    /// <exception cref="VfioException">EINVAL: the function has fewer. ENOSPC: the machine has fewer to give; it names how many.</exception>
    public InterruptSet EnableMsix(int count = 1) => Enable(InterruptKind.Msix, count);

    /// <summary>
    /// Enables INTx, the pin. The kernel masks it as it fires: clear the cause in the device, then <see cref="InterruptSet.Unmask"/>. Disposing the set disables it.
    /// </summary>
    /// <exception cref="InvalidOperationException">Interrupts are enabled already: dispose that set first.</exception>
    /// <exception cref="VfioException">EINVAL: the function has no pin.</exception>
    public InterruptSet EnableIntx() => Enable(InterruptKind.Intx, 1);

    private InterruptSet Enable(InterruptKind kind, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 4096);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_interrupts is not null)
            {
                throw new InvalidOperationException($"{_interrupts.Kind} is enabled; a function has one kind of interrupt at a time.");
            }

            // A message is a write of the function's: with bus mastering off the first would be lost.
            bool wasMaster = kind == InterruptKind.Intx || BusMaster;
            if (!wasMaster)
            {
                BusMaster = true;
            }

            try
            {
                return _interrupts = InterruptSet.Enable(Handle, kind, count, ForgetInterrupts);
            }
            catch when (!wasMaster)
            {
                TryTo(() => BusMaster = false);
                throw;
            }
        }
    }

    private void ForgetInterrupts(InterruptSet set)
    {
        lock (_lock)
        {
            if (_interrupts == set)
            {
                _interrupts = null;
            }
        }
    }

    private void Subscribe(InterruptKind kind, ref InterruptSet? set, ref EventHandler? handlers, EventHandler? handler)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            handlers += handler;
            try
            {
                set ??= InterruptSet.Enable(Handle, kind, 1, static _ => { }, kind == InterruptKind.Error ? RaiseError : RaiseRequest);
            }
            catch
            {
                handlers -= handler;
                throw;
            }
        }
    }

    private void Unsubscribe(ref EventHandler? handlers, EventHandler? handler)
    {
        lock (_lock)
        {
            handlers -= handler;
        }
    }

    private void RaiseError() => _errorOccurred?.Invoke(this, EventArgs.Empty);

    private void RaiseRequest() => _releaseRequested?.Invoke(this, EventArgs.Empty);
}
