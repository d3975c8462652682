using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio;

// VFIO_DEVICE_FEATURE: what a driver may offer. A feature it has not is ENOTTY.
public sealed partial class VfioDevice
{
    // O_CLOEXEC, which ISystemCalls adds by itself where it opens.
    private const uint CloseOnExec = 0x80000;

    /// <summary>Whether the device has a feature (VFIO_DEVICE_FEATURE, PROBE). Changes nothing.</summary>
    /// <param name="feature">The feature.</param>
    public bool HasFeature(DeviceFeature feature)
    {
        VfioDeviceFeature argument = new()
        {
            Argsz = (uint)StructBytes.SizeOf<VfioDeviceFeature>(),
            Flags = (uint)feature | VfioUapi.VFIO_DEVICE_FEATURE_PROBE,
        };
        int result = Handle.Ioctl(VfioUapi.VFIO_DEVICE_FEATURE, ref argument);

        // EINVAL of a probe is a driver that knows the number but has not what it needs (MIG_PRECOPY_INFOv2 without pre-copy).
        return result is not (-(int)Errno.ENOTTY or -(int)Errno.EINVAL) && Handle.Check(result, $"VFIO_DEVICE_FEATURE({feature})") >= 0;
    }

    /// <summary>Its migration (VFIO_DEVICE_FEATURE, MIGRATION); null where its driver has none, as vfio-pci by itself.</summary>
    public DeviceMigration? Migration
    {
        get
        {
            FeatureArgument<VfioDeviceFeatureMigration> argument = default;
            int result = TryFeature(DeviceFeature.Migration, VfioUapi.VFIO_DEVICE_FEATURE_GET, ref argument);
            if (result == -(int)Errno.ENOTTY)
            {
                return null;
            }

            Handle.Check(result, OperationOf(DeviceFeature.Migration));
            return new DeviceMigration(this, (MigrationCapabilities)argument.Data.Flags);
        }
    }

    /// <summary>
    /// Sets the secret that this physical function's virtual functions are opened with (VFIO_DEVICE_FEATURE, PCI_VF_TOKEN). They are opened by other programs with
    /// <see cref="OpenOptions.VfToken"/>.
    /// </summary>
    /// <param name="token">The secret.</param>
    /// <exception cref="VfioException">ENOTTY: no physical function with virtual ones that vfio-pci manages.</exception>
    public void SetVfToken(Guid token)
    {
        FeatureArgument<VfTokenBytes> argument = default;
        _ = token.TryWriteBytes(StructBytes.AsBytes(ref argument.Data), bigEndian: true, out _);
        Feature(DeviceFeature.VfToken, VfioUapi.VFIO_DEVICE_FEATURE_SET, ref argument);
    }

    /// <summary>
    /// Lets the kernel put the device to sleep while nothing uses it (VFIO_DEVICE_FEATURE, LOW_POWER_ENTRY). Any access to it wakes it for the time of the access; mapped BARs are not to
    /// be touched.
    /// </summary>
    /// <exception cref="VfioException">ENOTTY: it has no power management. EINVAL: entered already.</exception>
    public void EnterLowPower() => Feature(DeviceFeature.LowPowerEntry, VfioUapi.VFIO_DEVICE_FEATURE_SET);

    /// <summary>
    /// As <see cref="EnterLowPower"/>, and tells when the device wakes by itself or by an access of somebody else's (VFIO_DEVICE_FEATURE, LOW_POWER_ENTRY_WITH_WAKEUP). Awake it stays
    /// so until low power is entered anew.
    /// </summary>
    /// <returns>What is signalled; the caller's to dispose, after <see cref="ExitLowPower"/> or the signal.</returns>
    /// <exception cref="VfioException">ENOTTY: it has no power management. EINVAL: entered already.</exception>
    public WakeupSignal EnterLowPowerWithWakeup()
    {
        WakeupSignal signal = new(Handle.Calls);
        try
        {
            using HeldDescriptor held = signal.Eventfd.Hold();
            FeatureArgument<VfioDeviceLowPowerEntryWithWakeup> argument = new() { Data = new() { WakeupEventfd = held.Fd } };
            Feature(DeviceFeature.LowPowerEntryWithWakeup, VfioUapi.VFIO_DEVICE_FEATURE_SET, ref argument);
            return signal;
        }
        catch
        {
            signal.Dispose();
            throw;
        }
    }

    /// <summary>Ends low power (VFIO_DEVICE_FEATURE, LOW_POWER_EXIT). Not entered is no error.</summary>
    /// <exception cref="VfioException">ENOTTY: it has no power management.</exception>
    public void ExitLowPower() => Feature(DeviceFeature.LowPowerExit, VfioUapi.VFIO_DEVICE_FEATURE_SET);

    /// <summary>
    /// Begins a record, in the device, of what it writes to memory (VFIO_DEVICE_FEATURE, DMA_LOGGING_START), for devices behind an IOMMU that keeps none.
    /// </summary>
    /// <param name="pageSize">Bytes one bit should stand for; a power of two.</param>
    /// <param name="ranges">What to record; at least one, at most 256, apart from each other and multiples of <paramref name="pageSize"/>.</param>
    /// <returns>What the device took as the size of a page.</returns>
    /// <exception cref="VfioException">ENOTTY: it keeps no record. EINVAL: alignment, overlap, none. E2BIG: too many.</exception>
    public ulong StartDmaLogging(ulong pageSize, params ReadOnlySpan<IovaRange> ranges)
    {
        VfioDeviceFeatureDmaLoggingRange[] entries = new VfioDeviceFeatureDmaLoggingRange[ranges.Length];
        for (int i = 0; i < entries.Length; i++)
        {
            entries[i] = new VfioDeviceFeatureDmaLoggingRange { Iova = ranges[i].First, Length = ranges[i].Last - ranges[i].First + 1 };
        }

        FeatureArgument<VfioDeviceFeatureDmaLoggingControl> argument = new() { Data = new() { PageSize = pageSize, NumRanges = (uint)entries.Length } };
        Feature<VfioDeviceFeatureDmaLoggingControl, VfioDeviceFeatureDmaLoggingRange>(
            DeviceFeature.DmaLoggingStart,
            VfioUapi.VFIO_DEVICE_FEATURE_SET,
            ref argument,
            ref argument.Data.Ranges,
            entries);
        return argument.Data.PageSize;
    }

    /// <summary>Ends the record (VFIO_DEVICE_FEATURE, DMA_LOGGING_STOP).</summary>
    /// <exception cref="VfioException">ENOTTY: it keeps no record.</exception>
    public void StopDmaLogging() => Feature(DeviceFeature.DmaLoggingStop, VfioUapi.VFIO_DEVICE_FEATURE_SET);

    /// <summary>
    /// Which pages the device has written since they were last reported (VFIO_DEVICE_FEATURE, DMA_LOGGING_REPORT). Adds bits to <paramref name="bitmap"/> and takes none away. Allocates nothing.
    /// </summary>
    /// <param name="iova">The first address, which the lowest bit of the first word stands for.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="pageSize">Bytes that one bit stands for: a power of two, at least 4096.</param>
    /// <param name="bitmap">Room for a bit a page.</param>
    /// <exception cref="ArgumentException"><paramref name="bitmap"/> is too short.</exception>
    /// <exception cref="VfioException">ENOTTY: it keeps no record. EINVAL: not begun, or alignment.</exception>
    public void ReadDmaLog(ulong iova, ulong length, ulong pageSize, Span<ulong> bitmap)
    {
        DirtyBitmap.CheckRoom(length, pageSize, bitmap);
        FeatureArgument<VfioDeviceFeatureDmaLoggingReport> argument = new() { Data = new() { Iova = iova, Length = length, PageSize = pageSize } };
        Feature<VfioDeviceFeatureDmaLoggingReport, ulong>(
            DeviceFeature.DmaLoggingReport,
            VfioUapi.VFIO_DEVICE_FEATURE_GET,
            ref argument,
            ref argument.Data.Bitmap,
            bitmap);
    }

    /// <summary>
    /// Exports parts of a BAR as a dma-buf (VFIO_DEVICE_FEATURE, DMA_BUF; since Linux 6.19): another device reaches them once it is mapped (<see cref="Ioas.MapFile"/>). While memory
    /// decoding is off or the device is reset they cannot be reached.
    /// </summary>
    /// <param name="barIndex">0 to 5.</param>
    /// <param name="areas">Whole pages of it, in the order they get in the dma-buf; at least one.</param>
    /// <returns>The dma-buf; the caller's to dispose. It outlives the device, which then cannot be reached through it any more.</returns>
    /// <exception cref="VfioException">ENOTTY: this driver or kernel exports none. EINVAL: not whole pages, outside of the BAR, or a BAR that cannot be mapped. ENODEV: no BAR of that index.</exception>
    public VfioFileHandle ExportDmaBuf(int barIndex, params ReadOnlySpan<RegionArea> areas)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(barIndex);
        int head = StructBytes.SizeOf<FeatureArgument<VfioDeviceFeatureDmaBuf>>();
        int entry = StructBytes.SizeOf<VfioRegionDmaRange>();
        byte[] request = new byte[head + (areas.Length * entry)];
        _ = StructBytes.TryWrite(request, new FeatureArgument<VfioDeviceFeatureDmaBuf>
        {
            Head = new() { Argsz = (uint)request.Length, Flags = (uint)DeviceFeature.DmaBuf | VfioUapi.VFIO_DEVICE_FEATURE_GET },
            Data = new() { RegionIndex = (uint)barIndex, OpenFlags = (uint)OpenFlags.ReadWrite | CloseOnExec, NrRanges = (uint)areas.Length },
        });
        for (int i = 0; i < areas.Length; i++)
        {
            _ = StructBytes.TryWrite(request.AsSpan(head + (i * entry)), new VfioRegionDmaRange { Offset = areas[i].Offset, Length = areas[i].Length });
        }

        int fd = Handle.Check(Handle.Ioctl(VfioUapi.VFIO_DEVICE_FEATURE, request.AsSpan()), OperationOf(DeviceFeature.DmaBuf));
        return new VfioFileHandle(Handle.Calls, fd, $"dma-buf of {Address} BAR {barIndex}");
    }

    /// <summary>Turns the bus mastering of a CDX device on or off (VFIO_DEVICE_FEATURE, BUS_MASTER). A PCI function has <see cref="BusMaster"/>.</summary>
    /// <param name="on">Whether it may do DMA.</param>
    /// <exception cref="VfioException">ENOTTY: no CDX device.</exception>
    public void SetCdxBusMaster(bool on)
    {
        FeatureArgument<VfioDeviceFeatureBusMaster> argument = new()
        {
            Data = new() { Op = on ? VfioUapi.VFIO_DEVICE_FEATURE_SET_MASTER : VfioUapi.VFIO_DEVICE_FEATURE_CLEAR_MASTER },
        };
        Feature(DeviceFeature.BusMaster, VfioUapi.VFIO_DEVICE_FEATURE_SET, ref argument);
    }

    /// <summary>A feature without data.</summary>
    internal void Feature(DeviceFeature feature, uint way)
    {
        VfioDeviceFeature argument = new() { Argsz = (uint)StructBytes.SizeOf<VfioDeviceFeature>(), Flags = (uint)feature | way };
        Handle.Check(Handle.Ioctl(VfioUapi.VFIO_DEVICE_FEATURE, ref argument), OperationOf(feature));
    }

    /// <summary>A feature with data.</summary>
    internal void Feature<T>(DeviceFeature feature, uint way, ref FeatureArgument<T> argument)
        where T : unmanaged => Handle.Check(TryFeature(feature, way, ref argument), OperationOf(feature));

    /// <summary>A feature with data, its errno as a value.</summary>
    internal int TryFeature<T>(DeviceFeature feature, uint way, ref FeatureArgument<T> argument)
        where T : unmanaged
    {
        argument.Head = new() { Argsz = (uint)StructBytes.SizeOf<FeatureArgument<T>>(), Flags = (uint)feature | way };
        return Handle.Ioctl(VfioUapi.VFIO_DEVICE_FEATURE, ref argument);
    }

    // uuid_t: sixteen bytes that want no alignment of sixteen.
    [StructLayout(LayoutKind.Sequential)]
    private struct VfTokenBytes
    {
        public ulong First;
        public ulong Second;
    }

    private static string OperationOf(DeviceFeature feature) => $"VFIO_DEVICE_FEATURE({feature})";

    // A feature whose data points at an array.
    private void Feature<T, TItem>(DeviceFeature feature, uint way, ref FeatureArgument<T> argument, ref ulong pointer, ReadOnlySpan<TItem> items)
        where T : unmanaged
        where TItem : unmanaged
    {
        argument.Head = new() { Argsz = (uint)StructBytes.SizeOf<FeatureArgument<T>>(), Flags = (uint)feature | way };
        int result = Handle.Ioctl(VfioUapi.VFIO_DEVICE_FEATURE, ref argument, ref pointer, items);
        if (result < 0)
        {
            Handle.Check(result, OperationOf(feature));
        }
    }
}
