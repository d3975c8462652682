using Vfio.Uapi;

namespace Vfio.SoftKernel.Iommufd;

/// <summary>
/// One row of the table that is the contract: number, smallest struct, handler. Linux: struct iommufd_ioctl_op. A number between the first and the last call
/// of Linux 7.2 that has no row answers as a kernel built without the call.
/// </summary>
internal sealed class IommufdOperation
{
    private static readonly IommufdOperation s_none = new();

    private static readonly IommufdOperation[] s_operations = Table(
        (IommufdUapi.IOMMU_DESTROY, static (file, call) => file.Destroy(call)),
        (IommufdUapi.IOMMU_IOAS_ALLOC, static (file, call) => file.IoasAlloc(call)),
        (IommufdUapi.IOMMU_IOAS_ALLOW_IOVAS, static (file, call) => file.IoasAllowIovas(call)),
        (IommufdUapi.IOMMU_IOAS_COPY, static (file, call) => file.IoasCopy(call)),
        (IommufdUapi.IOMMU_IOAS_IOVA_RANGES, static (file, call) => file.IoasIovaRanges(call)),
        (IommufdUapi.IOMMU_IOAS_MAP, static (file, call) => file.IoasMap(call)),
        (IommufdUapi.IOMMU_IOAS_MAP_FILE, static (file, call) => file.IoasMapFile(call)),
        (IommufdUapi.IOMMU_IOAS_UNMAP, static (file, call) => file.IoasUnmap(call)),
        (IommufdUapi.IOMMU_OPTION, static (file, call) => file.Option(call)),
        (IommufdUapi.IOMMU_VFIO_IOAS, static (file, call) => file.VfioIoas(call)),
        (IommufdUapi.IOMMU_HWPT_ALLOC, static (file, call) => file.HwptAlloc(call)),
        (IommufdUapi.IOMMU_HWPT_INVALIDATE, static (file, call) => file.HwptInvalidate(call)),
        (IommufdUapi.IOMMU_FAULT_QUEUE_ALLOC, static (file, call) => file.FaultQueueAlloc(call)),
        (IommufdUapi.IOMMU_VIOMMU_ALLOC, static (file, call) => file.ViommuAlloc(call)),
        (IommufdUapi.IOMMU_VDEVICE_ALLOC, static (file, call) => file.VdeviceAlloc(call)),
        (IommufdUapi.IOMMU_VEVENTQ_ALLOC, static (file, call) => file.VeventqAlloc(call)),
        (IommufdUapi.IOMMU_HW_QUEUE_ALLOC, static (file, call) => file.HwQueueAlloc(call)),
        (IommufdUapi.IOMMU_HWPT_SET_DIRTY_TRACKING, static (file, call) => file.HwptSetDirtyTracking(call)),
        (IommufdUapi.IOMMU_HWPT_GET_DIRTY_BITMAP, static (file, call) => file.HwptGetDirtyBitmap(call)),
        (IommufdUapi.IOMMU_IOAS_CHANGE_PROCESS, static (file, call) => file.IoasChangeProcess(call)),
        (IommufdUapi.IOMMU_GET_HW_INFO, static (file, call) => file.GetHwInfo(call)),
        (IommufdTestUapi.IOMMU_TEST_CMD, static (file, call) => file.Test(call)));

    private IommufdOperation()
    {
    }

    /// <summary>A call's work, after its number and size were checked.</summary>
    public delegate Errno Handler(IommufdFile file, IommufdCall call);

    /// <summary>The whole request number.</summary>
    public uint Number { get; private init; }

    /// <summary>The fewest bytes it takes.</summary>
    public uint MinimumSize { get; private init; }

    /// <summary>What it does.</summary>
    public Handler Execute { get; private init; } = static (_, _) => Errno.ENOTTY;

    /// <summary>Is this a number of iommufd's own, known to us or not? The others are VFIO's. A kernel with the test interface has more of them.</summary>
    public static bool Covers(uint number, bool testing)
        => number - IommufdUapi.IOMMUFD_CMD_BASE < (testing ? s_operations.Length : IommufdUapi.IOMMUFD_CMD_HW_QUEUE_ALLOC - IommufdUapi.IOMMUFD_CMD_BASE + 1);

    /// <summary>The row of a number that is <see cref="Covers">covered</see>.</summary>
    public static IommufdOperation Of(uint number) => s_operations[number - IommufdUapi.IOMMUFD_CMD_BASE];

    private static IommufdOperation[] Table(params ReadOnlySpan<(uint Number, Handler Execute)> rows)
    {
        IommufdOperation[] table = new IommufdOperation[(IommufdTestUapi.IOMMU_TEST_CMD & 0xff) - IommufdUapi.IOMMUFD_CMD_BASE + 1];
        Array.Fill(table, s_none);
        foreach ((uint number, Handler execute) in rows)
        {
            UapiCall call = UapiCatalogue.Calls.First(call => call.File == UapiFile.Iommufd && call.Number == number);
            table[(number & 0xff) - IommufdUapi.IOMMUFD_CMD_BASE] = new IommufdOperation
            {
                Number = number,
                MinimumSize = (uint)call.MinimumSize,
                Execute = execute,
            };
        }

        return table;
    }
}
