using System.Diagnostics;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>
/// A function's interrupts and the eventfds they go to. Linux: drivers/vfio/pci/vfio_pci_intrs.c; the checks of every entry, and their order,
/// are that file's.
/// </summary>
/// <remarks>One lock (the kernel's igate and irqlock) over all of it; models signal through it, so nothing here calls into a model's BARs.</remarks>
internal sealed class VfioPciInterrupts(PciModel model, EventLoop events) : IInterruptSink
{
    private readonly Lock _lock = new();
    private EventTrigger? _intx;
    private EventWatcher? _unmask;
    private EventTrigger? _error;
    private EventTrigger? _request;
    private EventTrigger?[] _vectors = [];
    private int _allocated;
    private bool _masked;
    private bool _disabledByUser;

    /// <summary>The interrupt in use.</summary>
    public VfioPciIrqType Type { get; private set; } = VfioPciIrqType.None;

    /// <summary>MSI-X vectors can be added while MSI-X is on. x86's interrupt domains can.</summary>
    public bool HasDynamicMsix { get; } = model.Config.FindCapability(PciRegisters.CapabilityMsix) != 0;

    /// <summary>vfio_pci_get_irq_count.</summary>
    /// <param name="index">The uAPI's index.</param>
    /// <param name="pin">The interrupt pin the user sees.</param>
    public uint Count(uint index, byte pin)
    {
        int at;
        switch (index)
        {
            case VfioUapi.VFIO_PCI_INTX_IRQ_INDEX:
                return pin != 0 ? 1u : 0;
            case VfioUapi.VFIO_PCI_MSI_IRQ_INDEX:
                at = model.Config.FindCapability(PciRegisters.CapabilityMsi);
                return at == 0 ? 0 : 1u << ((model.Config.Get16(at + PciRegisters.MsiFlags) & PciRegisters.MsiFlagsQmask) >> 1);
            case VfioUapi.VFIO_PCI_MSIX_IRQ_INDEX:
                at = model.Config.FindCapability(PciRegisters.CapabilityMsix);
                return at == 0 ? 0 : (model.Config.Get16(at + PciRegisters.MsixFlags) & (uint)PciRegisters.MsixFlagsQsize) + 1;
            case VfioUapi.VFIO_PCI_ERR_IRQ_INDEX:
                return model.Config.FindCapability(PciRegisters.CapabilityExpress) != 0 ? 1u : 0;
            default:
                return index == VfioUapi.VFIO_PCI_REQ_IRQ_INDEX ? 1u : 0;
        }
    }

    /// <summary>vfio_pci_set_intx_mask and _unmask by the ioctl's data; <paramref name="act"/>: none, or the byte, says to.</summary>
    public Errno SetIntxMask(bool mask, bool act)
    {
        lock (_lock)
        {
            if (Type != VfioPciIrqType.Intx)
            {
                return Errno.EINVAL;
            }

            if (act && mask)
            {
                Mask();
            }
            else if (act)
            {
                Unmask();
            }

            return Errno.None;
        }
    }

    /// <summary>INTx is in use.</summary>
    public bool IsIntx
    {
        get
        {
            lock (_lock)
            {
                return Type == VfioPciIrqType.Intx;
            }
        }
    }

    /// <summary>UNMASK with an eventfd: EBUSY when there is one; null takes it away. The eventfd is taken over on success.</summary>
    public Errno SetUnmaskEvent(EventTrigger? trigger)
    {
        lock (_lock)
        {
            if (Type != VfioPciIrqType.Intx)
            {
                return Errno.EINVAL;
            }

            if (trigger is null)
            {
                StopUnmaskEvent();
                return Errno.None;
            }

            if (_unmask is not null)
            {
                return Errno.EBUSY;
            }

            _unmask = events.Watch(trigger, UnmaskByEvent);
            return _unmask is null ? Errno.EMFILE : Errno.None;
        }
    }

    /// <summary>vfio_pci_set_intx_trigger with an eventfd: turns INTx on, or changes where it goes. The eventfd is taken over on success.</summary>
    public Errno SetIntxTrigger(EventTrigger? trigger)
    {
        lock (_lock)
        {
            if (Type == VfioPciIrqType.Intx)
            {
                _intx?.Close();
                _intx = trigger;
                return Errno.None;
            }

            if (Type != VfioPciIrqType.None)
            {
                return Errno.EINVAL;
            }

            Type = VfioPciIrqType.Intx;
            _intx = trigger;
            _masked = _disabledByUser;
            SetLineDisabled(_masked);
            if (model.IntxAsserted)
            {
                Deliver();
            }

            return Errno.None;
        }
    }

    /// <summary>Signals INTx's eventfd as if it had come; EINVAL unless in use.</summary>
    public Errno LoopIntx(bool act)
    {
        lock (_lock)
        {
            if (Type != VfioPciIrqType.Intx)
            {
                return Errno.EINVAL;
            }

            if (act && !_disabledByUser)
            {
                _intx?.Signal();
            }

            return Errno.None;
        }
    }

    /// <summary>Turns <paramref name="type"/> off; EINVAL unless in use.</summary>
    public Errno Disable(VfioPciIrqType type)
    {
        lock (_lock)
        {
            if (Type != type)
            {
                return Errno.EINVAL;
            }

            DisableLocked();
            return Errno.None;
        }
    }

    /// <summary>
    /// vfio_pci_set_msi_trigger with eventfds, taken by <paramref name="take"/> one at a time: turns MSI or MSI-X on for
    /// <paramref name="start"/> + <paramref name="count"/> vectors, or changes those. Zero, a negative errno, or how many vectors there are.
    /// </summary>
    public int SetVectors(VfioPciIrqType type, uint start, uint count, Func<int, (Errno Error, EventTrigger? Trigger)> take)
    {
        Debug.Assert(type is VfioPciIrqType.Msi or VfioPciIrqType.Msix);
        lock (_lock)
        {
            if (Type == type)
            {
                return -(int)SetBlock(start, count, take);
            }

            if (Type != VfioPciIrqType.None)
            {
                return -(int)Errno.EINVAL;
            }

            // pci_alloc_irq_vectors(pdev, 1, 0).
            if (start + count == 0)
            {
                return -(int)Errno.ERANGE;
            }

            Enable(type, (int)(start + count));
            Errno error = SetBlock(start, count, take);
            if (error != Errno.None)
            {
                DisableLocked();
            }

            return -(int)error;
        }
    }

    /// <summary>Signals the eventfds of vectors as if their messages had come; EINVAL unless <paramref name="type"/> is in use.</summary>
    public Errno LoopVectors(VfioPciIrqType type, uint start, uint count, ReadOnlySpan<byte> chosen)
    {
        lock (_lock)
        {
            if (Type != type)
            {
                return Errno.EINVAL;
            }

            for (int i = 0; i < count; i++)
            {
                if (chosen.IsEmpty || chosen[i] != 0)
                {
                    _vectors[(int)start + i]?.Signal();
                }
            }

            return Errno.None;
        }
    }

    /// <summary>vfio_pci_set_ctx_trigger_single: replaces or removes the eventfd for errors or for the release request.</summary>
    public void SetSingle(uint index, EventTrigger? trigger)
    {
        lock (_lock)
        {
            ref EventTrigger? at = ref Single(index);
            at?.Close();
            at = trigger;
        }
    }

    /// <summary>There is an eventfd for errors, or for the release request.</summary>
    public bool HasSingle(uint index)
    {
        lock (_lock)
        {
            return Single(index) is not null;
        }
    }

    /// <summary>Signals it, if there is one.</summary>
    public void SignalSingle(uint index)
    {
        lock (_lock)
        {
            Single(index)?.Signal();
        }
    }

    /// <summary>The user's INTx disable bit changed: emulated by the mask. Linux: vfio_basic_config_write.</summary>
    public void SetDisabledByUser(bool disabled)
    {
        lock (_lock)
        {
            if (disabled && !_disabledByUser)
            {
                _disabledByUser = true;
                Mask();
            }
            else if (!disabled && _disabledByUser)
            {
                _disabledByUser = false;
                Unmask();
            }
        }
    }

    /// <summary>All of it off and every eventfd closed, as the function is closed.</summary>
    public void Close()
    {
        lock (_lock)
        {
            if (Type != VfioPciIrqType.None)
            {
                DisableLocked();
            }

            _error?.Close();
            _request?.Close();
            (_error, _request) = (null, null);
            _disabledByUser = false;
        }
    }

    /// <inheritdoc/>
    public void SignalIntx(bool level)
    {
        lock (_lock)
        {
            // vfio_intx_handler; of two signals that crossed on their way here the line itself tells the truth.
            if (level && Type == VfioPciIrqType.Intx && !_masked && model.IntxAsserted)
            {
                Deliver();
            }
        }
    }

    /// <inheritdoc/>
    public void SignalMsi(int vector) => SignalVector(VfioPciIrqType.Msi, vector);

    /// <inheritdoc/>
    public void SignalMsix(int vector) => SignalVector(VfioPciIrqType.Msix, vector);

    private void SignalVector(VfioPciIrqType type, int vector)
    {
        lock (_lock)
        {
            if (Type == type && (uint)vector < (uint)_vectors.Length)
            {
                _vectors[vector]?.Signal();
            }
        }
    }

    private void Enable(VfioPciIrqType type, int vectors)
    {
        Type = type;
        _allocated = vectors;
        _vectors = new EventTrigger?[Count((uint)type, 1)];
        bool msi = type == VfioPciIrqType.Msi;
        int at = model.Config.FindCapability(msi ? PciRegisters.CapabilityMsi : PciRegisters.CapabilityMsix) + PciRegisters.MsiFlags;
        int set = msi ? PciRegisters.MsiFlagsEnable | (int.Log2((vectors * 2) - 1) << 4) : PciRegisters.MsixFlagsEnable;
        model.Config.Change16(at, (ushort)(msi ? PciRegisters.MsiFlagsQsize : PciRegisters.MsixFlagsMaskAll), (ushort)set);
    }

    private void DisableLocked()
    {
        switch (Type)
        {
            case VfioPciIrqType.Intx:
                StopUnmaskEvent();
                _intx?.Close();
                _intx = null;
                break;
            default:
                bool msi = Type == VfioPciIrqType.Msi;
                foreach (EventTrigger? vector in _vectors)
                {
                    vector?.Close();
                }

                _vectors = [];
                int at = model.Config.FindCapability(msi ? PciRegisters.CapabilityMsi : PciRegisters.CapabilityMsix) + PciRegisters.MsiFlags;
                model.Config.Change16(at, (ushort)(msi ? PciRegisters.MsiFlagsEnable | PciRegisters.MsiFlagsQsize : PciRegisters.MsixFlagsEnable), 0);
                break;
        }

        Type = VfioPciIrqType.None;
    }

    // vfio_msi_set_block: what was set of a block that fails is cleared again.
    private Errno SetBlock(uint start, uint count, Func<int, (Errno Error, EventTrigger? Trigger)> take)
    {
        for (int i = 0; i < count; i++)
        {
            int vector = (int)start + i;
            _vectors[vector]?.Close();
            _vectors[vector] = null;
            (Errno error, EventTrigger? trigger) = take(i);
            if (error == Errno.None && trigger is not null && vector >= _allocated && !(Type == VfioPciIrqType.Msix && HasDynamicMsix))
            {
                trigger.Close();
                error = Errno.EINVAL;
            }

            if (error != Errno.None)
            {
                for (int undo = 0; undo < i; undo++)
                {
                    _vectors[(int)start + undo]?.Close();
                    _vectors[(int)start + undo] = null;
                }

                return error;
            }

            _vectors[vector] = trigger;
        }

        return Errno.None;
    }

    private void UnmaskByEvent()
    {
        lock (_lock)
        {
            if (Type == VfioPciIrqType.Intx)
            {
                Unmask();
            }
        }
    }

    private void StopUnmaskEvent()
    {
        _unmask?.Stop();
        _unmask = null;
    }

    // INTx masks itself as it is delivered; the user unmasks when he has dealt with the device.
    private void Deliver()
    {
        if (_masked)
        {
            return;
        }

        _masked = true;
        SetLineDisabled(true);
        _intx?.Signal();
    }

    private void Mask()
    {
        if (Type == VfioPciIrqType.Intx)
        {
            _masked = true;
        }

        SetLineDisabled(true);
    }

    private void Unmask()
    {
        if (Type != VfioPciIrqType.Intx)
        {
            SetLineDisabled(false);
            return;
        }

        if (!_masked || _disabledByUser)
        {
            return;
        }

        if (model.IntxAsserted)
        {
            // Still pending: it would mask itself at once.
            _intx?.Signal();
            return;
        }

        _masked = false;
        SetLineDisabled(false);
    }

    private void SetLineDisabled(bool disabled)
        => model.Config.Change16(PciRegisters.Command, PciRegisters.CommandIntxDisable, disabled ? PciRegisters.CommandIntxDisable : (ushort)0);

    private ref EventTrigger? Single(uint index)
    {
        if (index == VfioUapi.VFIO_PCI_ERR_IRQ_INDEX)
        {
            return ref _error;
        }

        return ref _request;
    }
}
