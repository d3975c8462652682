using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

internal sealed partial class VfioPciDevice
{
    /// <inheritdoc/>
    public int Ioctl(VfioDeviceFile file, KernelTask task, uint request, UserArgument argument) => request switch
    {
        VfioUapi.VFIO_DEVICE_GET_INFO => -(int)GetInfo(argument),
        VfioUapi.VFIO_DEVICE_GET_REGION_INFO => -(int)GetRegionInfo(argument),
        VfioUapi.VFIO_DEVICE_GET_IRQ_INFO => -(int)GetIrqInfo(argument),
        VfioUapi.VFIO_DEVICE_SET_IRQS => SetIrqs(task, argument),
        VfioUapi.VFIO_DEVICE_RESET => -(int)Reset(),
        VfioUapi.VFIO_DEVICE_GET_PCI_HOT_RESET_INFO => -(int)GetHotResetInfo(file, argument),
        VfioUapi.VFIO_DEVICE_PCI_HOT_RESET => -(int)HotReset(file, task, argument),
        VfioUapi.VFIO_DEVICE_IOEVENTFD => -(int)SetIoeventfd(task, argument),
        _ => -(int)Errno.ENOTTY,
    };

    /// <inheritdoc/>
    public int Feature(KernelTask task, uint flags, UserArgument argument, uint length)
    {
        switch (flags & VfioUapi.VFIO_DEVICE_FEATURE_MASK)
        {
            case VfioUapi.VFIO_DEVICE_FEATURE_PCI_VF_TOKEN:
                return Token is null ? -(int)Errno.ENOTTY : CheckFeature(flags, length, 16) is var token && token == 1 ? -(int)SetToken(Token, argument) : token;
            case VfioUapi.VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY:
                return CheckFeature(flags, length, 0) is var entry && entry == 1 ? -(int)EnterLowPower() : entry;
            case VfioUapi.VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP:
                return CheckFeature(flags, length, 8) is var wakeup && wakeup == 1 ? -(int)EnterLowPower(task, argument) : wakeup;
            case VfioUapi.VFIO_DEVICE_FEATURE_LOW_POWER_EXIT:
                int exit = CheckFeature(flags, length, 0);
                if (exit == 1)
                {
                    LeaveLowPower();
                    exit = 0;
                }

                return exit;
            case VfioUapi.VFIO_DEVICE_FEATURE_DMA_BUF:
                return ExportDmaBuf(task, flags, argument, length);
            default:
                return -(int)Errno.ENOTTY;
        }
    }

    private static int CheckFeature(uint flags, uint length, uint smallest)
        => FeatureCall.Check(flags, length, VfioUapi.VFIO_DEVICE_FEATURE_SET, smallest);

    // vfio_pci_core_feature_token.
    private static Errno SetToken(VfToken token, UserArgument argument)
    {
        Span<byte> value = stackalloc byte[16];
        Errno error = argument.CopyIn(FeatureCall.Data, value);
        if (error == Errno.None)
        {
            token.Set(new Guid(value, bigEndian: true));
        }

        return error;
    }

    private Errno EnterLowPower(KernelTask task, UserArgument argument)
    {
        var entry = default(VfioDeviceLowPowerEntryWithWakeup);
        Errno error = argument.CopyIn(StructBytes.SizeOf<VfioDeviceFeature>(), StructBytes.AsBytes(ref entry));
        if (error == Errno.None && entry.WakeupEventfd < 0)
        {
            error = Errno.EINVAL;
        }

        if (error == Errno.None)
        {
            error = EventTrigger.Take(Host, task, entry.WakeupEventfd, out EventTrigger? wakeup);
            // A model never wakes by itself, so there is nobody to signal it.
            wakeup?.Close();
        }

        return error == Errno.None ? EnterLowPower() : error;
    }

    private Errno GetIrqInfo(UserArgument argument)
    {
        var info = default(VfioIrqInfo);
        Span<byte> bytes = StructBytes.AsBytes(ref info);
        if (argument.CopyIn(0, bytes) is not Errno.None and Errno fault)
        {
            return fault;
        }

        if (info.Argsz < bytes.Length || info.Index >= VfioUapi.VFIO_PCI_NUM_IRQS
            || (info.Index == VfioUapi.VFIO_PCI_ERR_IRQ_INDEX && IrqCount(info.Index) == 0))
        {
            return Errno.EINVAL;
        }

        info.Count = IrqCount(info.Index);
        info.Flags = VfioUapi.VFIO_IRQ_INFO_EVENTFD;
        info.Flags |= info.Index switch
        {
            VfioUapi.VFIO_PCI_INTX_IRQ_INDEX => VfioUapi.VFIO_IRQ_INFO_MASKABLE | VfioUapi.VFIO_IRQ_INFO_AUTOMASKED,
            VfioUapi.VFIO_PCI_MSIX_IRQ_INDEX when Interrupts.HasDynamicMsix => 0,
            _ => VfioUapi.VFIO_IRQ_INFO_NORESIZE,
        };
        return argument.CopyOut(0, bytes);
    }

    private uint IrqCount(uint index) => Interrupts.Count(index, Config.InterruptPin);

    private Errno Reset()
    {
        if (!_resetWorks)
        {
            return Errno.EINVAL;
        }

        bool reset = !Core.IsLeaving;
        ResetOpened(reset);
        return reset ? Errno.None : Errno.EAGAIN;
    }
}
