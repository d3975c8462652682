using Vfio.Hardware.Pci;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>Which atomic operations of a function the root port completes, as far as the bridges between let them pass.</summary>
internal static class AtomicCompletion
{
    private const int Endpoint = 0;
    private const int LegacyEndpoint = 1;
    private const int RootPort = 4;
    private const int UpstreamPort = 5;
    private const int DownstreamPort = 6;

    /// <summary>vfio_pci_info_atomic_cap: VFIO_PCI_ATOMIC_COMP* bits. What is told is switched on.</summary>
    /// <param name="function">The function; of a virtual one, its physical one.</param>
    /// <param name="bridgeAbove">The bridge to a function's bus.</param>
    public static uint Of(PciModel function, Func<PciLocation, PciModel?> bridgeAbove)
    {
        uint own = Capabilities2(function);
        uint told = 0;
        // 32, 64 and 128 bits, in both registers one bit after the other.
        for (int i = 0; i < 3; i++)
        {
            uint width = PciRegisters.ExpressDeviceCapabilities2AtomicComp32 << i;
            if ((own & width) != 0 && ReachesRoot(function, width, bridgeAbove))
            {
                told |= VfioUapi.VFIO_PCI_ATOMIC_COMP32 << i;
            }
        }

        if (told != 0)
        {
            function.Config.Change16(Express(function) + PciRegisters.ExpressDeviceControl2, 0, PciRegisters.ExpressDeviceControl2AtomicRequester);
        }

        return told;
    }

    // pci_enable_atomic_ops_to_root.
    private static bool ReachesRoot(PciModel function, uint width, Func<PciLocation, PciModel?> bridgeAbove)
    {
        if (PortType(function) is not (Endpoint or LegacyEndpoint))
        {
            return false;
        }

        bool passes = true;
        for (PciModel? bridge = bridgeAbove(function.Location); bridge is not null; bridge = bridgeAbove(bridge.Location))
        {
            switch (PortType(bridge))
            {
                case RootPort:
                    return passes && (Capabilities2(bridge) & width) != 0;
                case UpstreamPort when (Control2(bridge) & PciRegisters.ExpressDeviceControl2AtomicEgressBlock) != 0:
                    passes = false;
                    break;
                case UpstreamPort or DownstreamPort:
                    passes &= (Capabilities2(bridge) & PciRegisters.ExpressDeviceCapabilities2AtomicRoute) != 0;
                    break;
            }
        }

        // A machine that does not show its root port has checked it, if the function may ask.
        return (Control2(function) & PciRegisters.ExpressDeviceControl2AtomicRequester) != 0;
    }

    private static int Express(PciModel function) => function.Config.FindCapability(PciRegisters.CapabilityExpress);

    private static int PortType(PciModel function)
        => Express(function) is int at and not 0 ? (function.Config.Get16(at + PciRegisters.ExpressFlags) >> 4) & 15 : -1;

    // pcie_capability_reg_implemented: the second registers are there from version 2 on.
    private static bool HasSecond(PciModel function)
        => Express(function) is int at and not 0 && (function.Config.Get16(at + PciRegisters.ExpressFlags) & 15) > 1;

    private static uint Capabilities2(PciModel function)
        => HasSecond(function) ? function.Config.Get32(Express(function) + PciRegisters.ExpressDeviceCapabilities2) : 0;

    private static uint Control2(PciModel function)
        => HasSecond(function) ? function.Config.Get16(Express(function) + PciRegisters.ExpressDeviceControl2) : 0u;
}
