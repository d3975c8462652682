using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Iommufd;
using Vfio.Uapi;

namespace Vfio.SoftKernel.IommuDrivers;

/// <summary>
/// A guest's SMMUv3: stream table entries become first stages, and its invalidation commands are checked and forwarded. Linux: arm_vsmmu_ops of
/// drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-iommufd.c. EIO is for what the guest may not ask.
/// </summary>
/// <param name="viommu">iommufd's half.</param>
internal sealed class SmmuViommu(Viommu viommu) : ViommuDriver
{
    // STRTAB_STE_0_NESTING_ALLOWED: V, Config, S1Fmt, S1ContextPtr, S1CDMax.
    private const ulong Valid = 1;
    private const ulong AllowedLow = 0xf80f_ffff_ffff_ffff;

    // STRTAB_STE_1_NESTING_ALLOWED: S1DSS, S1CIR, S1COR, S1CSH, S1STALLD, EATS.
    private const ulong AllowedHigh = 0x3800_00ff;
    private const int AtsShift = 28;

    private const byte ConfigureDescriptor = 0x05;
    private const byte ConfigureAllDescriptors = 0x06;
    private const byte InvalidateAllOfGuest = 0x10;
    private const byte InvalidateAddressOfAll = 0x13;
    private const byte InvalidateAll = 0x30;
    private const byte InvalidateAts = 0x40;

    /// <summary>arm_vsmmu_alloc_domain_nested, arm_smmu_validate_vste.</summary>
    public override Errno AllocateNested(uint flags, UserData data, out NestedDomain? domain)
    {
        domain = null;
        if (flags != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        Errno error = data.Read(IommufdUapi.IOMMU_HWPT_DATA_ARM_SMMUV3, 16, out IommuHwptArmSmmuv3 entry);
        if (error != Errno.None)
        {
            return error;
        }

        // An entry that is not valid aborts, whatever else it says.
        uint config = SmmuNestedDomain.Abort;
        if ((entry.Ste0 & Valid) != 0)
        {
            config = (uint)(entry.Ste0 >> 1) & 7;
            if ((entry.Ste0 & ~AllowedLow) != 0
                || (entry.Ste1 & ~AllowedHigh) != 0
                || config is not (SmmuNestedDomain.Abort or SmmuNestedDomain.Bypass or SmmuNestedDomain.Translate)
                || (entry.Ste1 >> AtsShift & 3) > 1)
            {
                return Errno.EIO;
            }
        }

        domain = new SmmuNestedDomain(viommu.Parent.Domain, config, viommu);
        return Errno.None;
    }

    /// <summary>arm_vsmmu_cache_invalidate: all commands are read before the first is looked at; none at all is EINVAL.</summary>
    public override Errno Invalidate(ref UserDataArray requests)
    {
        var commands = new IommuViommuArmSmmuv3Invalidate[requests.Count];
        Errno error = requests.ReadAll<IommuViommuArmSmmuv3Invalidate>(IommufdUapi.IOMMU_VIOMMU_INVALIDATE_DATA_ARM_SMMUV3, commands);
        requests.Count = 0;
        for (int i = 0; error == Errno.None && i < commands.Length; i++)
        {
            error = Check(commands[i].Cmd0);
            if (error == Errno.None)
            {
                requests.Count++;
            }
        }

        return error;
    }

    /// <summary>arm_vsmmu_convert_user_cmd: only what concerns this guest, and only its own streams.</summary>
    private Errno Check(ulong command) => (byte)command switch
    {
        (>= InvalidateAllOfGuest and <= InvalidateAddressOfAll) or InvalidateAll => Errno.None,
        ConfigureDescriptor or ConfigureAllDescriptors or InvalidateAts => viommu.FindDevice(command >> 32) is null ? Errno.EIO : Errno.None,
        _ => Errno.EIO,
    };
}
