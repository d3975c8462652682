using System.Buffers.Binary;
using System.Collections;
using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// The enabled vectors of one kind of interrupt (VFIO_DEVICE_SET_IRQS). Disposing disables them. A function has INTx, MSI or MSI-X enabled, one at a time.
/// </summary>
public sealed class InterruptSet : IReadOnlyList<InterruptVector>, IDisposable
{
    private readonly VfioFileHandle _device;
    private readonly InterruptVector[] _vectors;
    private readonly Action<InterruptSet> _disabled;
    private readonly Lock _disposing = new();
    private bool _disposed;

    private InterruptSet(VfioFileHandle device, InterruptKind kind, InterruptVector[] vectors, Action<InterruptSet> disabled)
    {
        _device = device;
        Kind = kind;
        _vectors = vectors;
        _disabled = disabled;
    }

    /// <summary>The kind.</summary>
    public InterruptKind Kind { get; }

    /// <summary>How many vectors are enabled.</summary>
    public int Count => _vectors.Length;

    /// <summary>One vector.</summary>
    /// <param name="index">From 0.</param>
    public InterruptVector this[int index] => _vectors[index];

    /// <summary>Keeps INTx from firing (VFIO_DEVICE_SET_IRQS, MASK).</summary>
    /// <exception cref="VfioException">ENOTTY: this kind cannot be masked.</exception>
    public void Mask() => Act(VfioUapi.VFIO_IRQ_SET_ACTION_MASK, "VFIO_DEVICE_SET_IRQS(MASK)");

    /// <summary>
    /// Lets INTx fire again (VFIO_DEVICE_SET_IRQS, UNMASK): the kernel masks it as it fires. Clear its cause in the device first.
    /// </summary>
    /// <exception cref="VfioException">ENOTTY: this kind cannot be masked.</exception>
    public void Unmask() => Act(VfioUapi.VFIO_IRQ_SET_ACTION_UNMASK, "VFIO_DEVICE_SET_IRQS(UNMASK)");

    /// <summary>Disables the interrupts and closes the vectors; every wait on one ends. May be called again, and from any thread.</summary>
    public void Dispose()
    {
        // A device disposed meanwhile waits here until the interrupts are off, before it closes.
        lock (_disposing)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            if (!_device.IsClosed)
            {
                // count 0 with no data disables the whole index (Linux: drivers/vfio/pci/vfio_pci_intrs.c vfio_pci_set_msi_trigger).
                _ = SetIrqs(VfioUapi.VFIO_IRQ_SET_DATA_NONE | VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER, 0);
            }

            Close();
        }

        _disabled(this);
    }

    /// <inheritdoc/>
    public IEnumerator<InterruptVector> GetEnumerator() => ((IEnumerable<InterruptVector>)_vectors).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Enables <paramref name="count"/> vectors, each with an eventfd of its own.</summary>
    /// <param name="device">The device; not owned.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="count">How many, at least one.</param>
    /// <param name="disabled">Told when the set is disposed.</param>
    /// <param name="handler">Called for each interrupt, for kinds behind an event; else null.</param>
    /// <exception cref="VfioException">The kernel's errno; ENOSPC where it would give fewer vectors.</exception>
    internal static InterruptSet Enable(VfioFileHandle device, InterruptKind kind, int count, Action<InterruptSet> disabled, Action? handler = null)
    {
        InterruptVector[] vectors = new InterruptVector[count];
        InterruptSet set = new(device, kind, vectors, disabled);
        bool enabled = false;
        try
        {
            int head = StructBytes.SizeOf<VfioIrqSet>();
            byte[] request = new byte[head + (count * sizeof(int))];
            for (int i = 0; i < count; i++)
            {
                vectors[i] = new InterruptVector(device.Calls, i, handler);
                BinaryPrimitives.WriteInt32LittleEndian(request.AsSpan(head + (i * sizeof(int))), vectors[i].Eventfd.Fd);
            }

            _ = StructBytes.TryWrite(
                request,
                new VfioIrqSet
                {
                    Argsz = (uint)request.Length,
                    Flags = VfioUapi.VFIO_IRQ_SET_DATA_EVENTFD | VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER,
                    Index = (uint)kind,
                    Count = (uint)count,
                });
            int result = device.Check(device.Ioctl(VfioUapi.VFIO_DEVICE_SET_IRQS, request.AsSpan()), nameof(VfioUapi.VFIO_DEVICE_SET_IRQS), $"{kind}, {count} vectors");
            if (result > 0)
            {
                // Not an errno and not success: nothing is enabled, and this many could be.
                throw KernelAnswer.Failure(
                    device,
                    Errno.ENOSPC,
                    nameof(VfioUapi.VFIO_DEVICE_SET_IRQS),
                    $"{count} {kind} vectors were asked for, {result} can be had");
            }

            enabled = true;
            if (handler is not null)
            {
                vectors[0].Listen();
            }

            return set;
        }
        catch
        {
            if (enabled)
            {
                _ = set.SetIrqs(VfioUapi.VFIO_IRQ_SET_DATA_NONE | VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER, 0);
            }

            set.Close();
            throw;
        }
    }

    private void Act(uint action, string operation)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        _device.Check(SetIrqs(VfioUapi.VFIO_IRQ_SET_DATA_NONE | action, 1), operation);
    }

    private int SetIrqs(uint flags, uint count)
    {
        VfioIrqSet argument = new()
        {
            Argsz = (uint)StructBytes.SizeOf<VfioIrqSet>(),
            Flags = flags,
            Index = (uint)Kind,
            Count = count,
        };
        return _device.Ioctl(VfioUapi.VFIO_DEVICE_SET_IRQS, ref argument);
    }

    private void Close()
    {
        foreach (InterruptVector? vector in _vectors)
        {
            vector?.Close();
        }
    }
}
