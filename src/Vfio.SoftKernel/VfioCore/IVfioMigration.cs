using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

/// <summary>How a driver moves its device's state. Linux: struct vfio_migration_ops, and migration_flags of struct vfio_device.</summary>
internal interface IVfioMigration
{
    /// <summary>VFIO_MIGRATION_*.</summary>
    ulong Features { get; }

    /// <summary>migration_get_state.</summary>
    uint State { get; }

    /// <summary>migration_get_data_size: about how many bytes the device's state is.</summary>
    ulong DataSize { get; }

    /// <summary>device->precopy_info_v2: the user knows the flags of VFIO_MIG_GET_PRECOPY_INFO. Forgotten as the device is opened.</summary>
    bool PrecopyInfoV2 { get; set; }

    /// <summary>
    /// migration_set_state: step by step; the device stays where the last step that worked has left it. <paramref name="data"/> is a new
    /// stream, whose reference is the caller's, where the last step opens one.
    /// </summary>
    Errno SetState(uint wanted, out OpenFile? data, out OpenFlags flags);
}
