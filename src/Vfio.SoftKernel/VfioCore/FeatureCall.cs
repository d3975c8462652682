using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>What every feature of VFIO_DEVICE_FEATURE checks the same way. Linux: vfio_check_feature.</summary>
internal static class FeatureCall
{
    /// <summary>Where a feature's data starts in the argument.</summary>
    public const int Data = 8;

    /// <summary>
    /// 1 to go on, 0 when only its presence was asked for; EINVAL for a way it does not have, for neither get nor set, or for too little data.
    /// </summary>
    /// <param name="flags">The header's.</param>
    /// <param name="length">Bytes after the header.</param>
    /// <param name="ways">VFIO_DEVICE_FEATURE_GET, _SET or both.</param>
    /// <param name="smallest">The least data; not looked at when only asked for.</param>
    public static int Check(uint flags, uint length, uint ways, uint smallest)
    {
        const uint Both = VfioUapi.VFIO_DEVICE_FEATURE_GET | VfioUapi.VFIO_DEVICE_FEATURE_SET;
        if ((flags & Both & ~ways) != 0)
        {
            return -(int)Errno.EINVAL;
        }

        if ((flags & VfioUapi.VFIO_DEVICE_FEATURE_PROBE) != 0)
        {
            return 0;
        }

        return (flags & Both) == 0 || length < smallest ? -(int)Errno.EINVAL : 1;
    }
}
