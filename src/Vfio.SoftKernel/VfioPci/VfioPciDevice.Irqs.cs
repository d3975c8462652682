using System.Buffers.Binary;
using System.Diagnostics;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

internal sealed partial class VfioPciDevice
{
    // vdev->igate: one call changes interrupts at a time, however many steps it takes. Outside of VfioPci's other locks.
    private readonly Lock _irqGate = new();

    private const uint ActionMask = VfioUapi.VFIO_IRQ_SET_ACTION_TYPE_MASK;
    private const uint DataMask = VfioUapi.VFIO_IRQ_SET_DATA_TYPE_MASK;

    // vfio_pci_ioctl_set_irqs, vfio_set_irqs_validate_and_prepare and vfio_pci_set_irqs_ioctl.
    private int SetIrqs(KernelTask task, UserArgument argument)
    {
        var set = default(VfioIrqSet);
        Span<byte> header = StructBytes.AsBytes(ref set);
        if (argument.CopyIn(0, header) is not Errno.None and Errno fault)
        {
            return -(int)fault;
        }

        uint irqs = set.Index < VfioUapi.VFIO_PCI_NUM_IRQS ? IrqCount(set.Index) : 0;
        if (set.Argsz < header.Length || set.Index >= VfioUapi.VFIO_PCI_NUM_IRQS || set.Count >= uint.MaxValue - set.Start
            || (set.Flags & ~(ActionMask | DataMask)) != 0 || set.Start >= irqs || set.Start + set.Count > irqs)
        {
            return -(int)Errno.EINVAL;
        }

        uint each;
        switch (set.Flags & DataMask)
        {
            case VfioUapi.VFIO_IRQ_SET_DATA_NONE:
                each = 0;
                break;
            case VfioUapi.VFIO_IRQ_SET_DATA_BOOL:
                each = 1;
                break;
            case VfioUapi.VFIO_IRQ_SET_DATA_EVENTFD:
                each = 4;
                break;
            default:
                return -(int)Errno.EINVAL;
        }

        // No index has more than 2048 interrupts, so this does not overflow.
        uint length = each * set.Count;
        if (set.Argsz - header.Length < length)
        {
            return -(int)Errno.EINVAL;
        }

        byte[] data = new byte[length];
        if (argument.CopyIn(header.Length, data) is not Errno.None and Errno dataFault)
        {
            return -(int)dataFault;
        }

        lock (_irqGate)
        {
            return SetIrqs(task, set, data);
        }
    }

    // vfio_pci_set_irqs_ioctl.
    private int SetIrqs(KernelTask task, in VfioIrqSet set, byte[] data)
    {
        Debug.Assert(_irqGate.IsHeldByCurrentThread);
        return (set.Index, set.Flags & ActionMask) switch
        {
            (VfioUapi.VFIO_PCI_INTX_IRQ_INDEX, VfioUapi.VFIO_IRQ_SET_ACTION_MASK) => -(int)MaskIntx(set, data),
            (VfioUapi.VFIO_PCI_INTX_IRQ_INDEX, VfioUapi.VFIO_IRQ_SET_ACTION_UNMASK) => -(int)UnmaskIntx(task, set, data),
            (VfioUapi.VFIO_PCI_INTX_IRQ_INDEX, VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER) => -(int)TriggerIntx(task, set, data),
            (VfioUapi.VFIO_PCI_MSI_IRQ_INDEX or VfioUapi.VFIO_PCI_MSIX_IRQ_INDEX, VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER) => TriggerMsi(task, set, data),
            (VfioUapi.VFIO_PCI_ERR_IRQ_INDEX or VfioUapi.VFIO_PCI_REQ_IRQ_INDEX, VfioUapi.VFIO_IRQ_SET_ACTION_TRIGGER)
                => -(int)TriggerSingle(task, set, data),
            _ => -(int)Errno.ENOTTY,
        };
    }

    // vfio_pci_set_intx_mask.
    private Errno MaskIntx(in VfioIrqSet set, byte[] data)
    {
        if (!Interrupts.IsIntx || set.Start != 0 || set.Count != 1)
        {
            return Errno.EINVAL;
        }

        return IsEventfd(set) ? Errno.ENOTTY : Interrupts.SetIntxMask(mask: true, act: IsNone(set) || data[0] != 0);
    }

    // vfio_pci_set_intx_unmask.
    private Errno UnmaskIntx(KernelTask task, in VfioIrqSet set, byte[] data)
    {
        if (!Interrupts.IsIntx || set.Start != 0 || set.Count != 1)
        {
            return Errno.EINVAL;
        }

        if (!IsEventfd(set))
        {
            return Interrupts.SetIntxMask(mask: false, act: IsNone(set) || data[0] != 0);
        }

        Errno error = TakeTrigger(task, Descriptor(data, 0), out EventTrigger? trigger);
        if (error == Errno.None)
        {
            error = Interrupts.SetUnmaskEvent(trigger);
            if (error is Errno.EBUSY or Errno.EINVAL)
            {
                trigger?.Close();
            }
        }

        return error;
    }

    // vfio_pci_set_intx_trigger.
    private Errno TriggerIntx(KernelTask task, in VfioIrqSet set, byte[] data)
    {
        if (set.Count == 0 && IsNone(set))
        {
            return Interrupts.Disable(VfioPciIrqType.Intx);
        }

        if (Interrupts.Type is not (VfioPciIrqType.Intx or VfioPciIrqType.None) || set.Start != 0 || set.Count != 1)
        {
            return Errno.EINVAL;
        }

        if (!IsEventfd(set))
        {
            return Interrupts.LoopIntx(IsNone(set) || data[0] != 0);
        }

        Errno error = TakeTrigger(task, Descriptor(data, 0), out EventTrigger? trigger);
        if (error == Errno.None)
        {
            error = Interrupts.SetIntxTrigger(trigger);
            if (error != Errno.None)
            {
                trigger?.Close();
            }
        }

        return error;
    }

    // vfio_pci_set_msi_trigger.
    private int TriggerMsi(KernelTask task, in VfioIrqSet set, byte[] data)
    {
        var type = (VfioPciIrqType)set.Index;
        if (set.Count == 0 && IsNone(set) && Interrupts.Type == type)
        {
            Config.SetMsiInUse(false, 0);
            return -(int)Interrupts.Disable(type);
        }

        if (!IsEventfd(set))
        {
            return -(int)Interrupts.LoopVectors(type, set.Start, set.Count, data);
        }

        int result = Interrupts.SetVectors(type, set.Start, set.Count, i =>
        {
            Errno error = TakeTrigger(task, Descriptor(data, i), out EventTrigger? trigger);
            return (error, trigger);
        });
        if (type == VfioPciIrqType.Msi && result == 0 && !Config.MsiInUse)
        {
            Config.SetMsiInUse(true, int.Log2((int)((set.Start + set.Count) * 2) - 1));
        }

        return result;
    }

    // vfio_pci_set_err_trigger, vfio_pci_set_req_trigger and vfio_pci_set_ctx_trigger_single.
    private Errno TriggerSingle(KernelTask task, in VfioIrqSet set, byte[] data)
    {
        if (IsNone(set))
        {
            if (!Interrupts.HasSingle(set.Index))
            {
                return Errno.EINVAL;
            }

            if (set.Count != 0)
            {
                Interrupts.SignalSingle(set.Index);
            }
            else
            {
                Interrupts.SetSingle(set.Index, null);
            }

            return Errno.None;
        }

        if (set.Count == 0)
        {
            return Errno.EINVAL;
        }

        if (!IsEventfd(set))
        {
            if (data[0] != 0)
            {
                Interrupts.SignalSingle(set.Index);
            }

            return Errno.None;
        }

        int fd = Descriptor(data, 0);
        if (fd < -1)
        {
            return Errno.EINVAL;
        }

        Errno error = TakeTrigger(task, fd, out EventTrigger? trigger);
        if (error == Errno.None)
        {
            Interrupts.SetSingle(set.Index, trigger);
        }

        return error;
    }

    private static bool IsNone(in VfioIrqSet set) => (set.Flags & VfioUapi.VFIO_IRQ_SET_DATA_NONE) != 0;

    private static bool IsEventfd(in VfioIrqSet set) => (set.Flags & VfioUapi.VFIO_IRQ_SET_DATA_EVENTFD) != 0;

    private static int Descriptor(byte[] data, int index) => BinaryPrimitives.ReadInt32LittleEndian(data.AsSpan(index * 4));

    // A negative descriptor is none.
    private Errno TakeTrigger(KernelTask task, int fd, out EventTrigger? trigger)
    {
        trigger = null;
        return fd < 0 ? Errno.None : EventTrigger.Take(Host, task, fd, out trigger);
    }
}
