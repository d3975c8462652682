using Vfio.Hardware.Pci;

namespace Vfio.SoftKernel.IommuCore;

/// <summary>What a function says of process address space ids. Linux: drivers/pci/ats.c, pci_pasid_features and pci_max_pasids.</summary>
/// <param name="Count">How many it can use; 0 when it has none.</param>
/// <param name="Execute">It can ask for execution.</param>
/// <param name="Privileged">It can ask in privileged mode.</param>
internal readonly record struct PasidCapability(uint Count, bool Execute, bool Privileged)
{
    private const ushort ExtendedCapabilityPasid = 0x1b;

    /// <summary>The capability of a function; all zero when it has none.</summary>
    public static PasidCapability Of(ConfigSpace config)
    {
        int at = config.Size > ConfigSpace.ConventionalSize ? config.FindExtendedCapability(ExtendedCapabilityPasid) : 0;
        if (at <= 0)
        {
            return default;
        }

        ushort supported = config.Get16(at + 4);
        return new PasidCapability(1u << (supported >> 8 & 0x1f), (supported & 2) != 0, (supported & 4) != 0);
    }
}
