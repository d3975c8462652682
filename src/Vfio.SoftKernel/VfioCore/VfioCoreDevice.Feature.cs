using System.Numerics;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioCore;

// VFIO_DEVICE_FEATURE: migration and DMA logging are answered here, by what the driver has of them; the rest is the driver's.
internal sealed partial class VfioCoreDevice
{
    private const uint ToGet = VfioUapi.VFIO_DEVICE_FEATURE_GET;
    private const uint ToSet = VfioUapi.VFIO_DEVICE_FEATURE_SET;
    private const ulong PageSize = 4096;

    /// <summary>vfio_ioctl_device_feature.</summary>
    internal int Feature(KernelTask task, UserArgument argument)
    {
        var feature = default(VfioDeviceFeature);
        if (argument.CopyIn(0, StructBytes.AsBytes(ref feature)) is not Errno.None and Errno fault)
        {
            return -(int)fault;
        }

        const uint Known = VfioUapi.VFIO_DEVICE_FEATURE_MASK | ToGet | ToSet | VfioUapi.VFIO_DEVICE_FEATURE_PROBE;
        if (feature.Argsz < FeatureCall.Data || (feature.Flags & ~Known) != 0
            || (feature.Flags & (ToGet | ToSet | VfioUapi.VFIO_DEVICE_FEATURE_PROBE)) == (ToGet | ToSet))
        {
            return -(int)Errno.EINVAL;
        }

        uint flags = feature.Flags;
        uint length = feature.Argsz - FeatureCall.Data;
        return (flags & VfioUapi.VFIO_DEVICE_FEATURE_MASK) switch
        {
            VfioUapi.VFIO_DEVICE_FEATURE_MIGRATION => GetMigration(flags, argument, length),
            VfioUapi.VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE => MigrationState(task, flags, argument, length),
            VfioUapi.VFIO_DEVICE_FEATURE_MIG_DATA_SIZE => GetMigrationDataSize(flags, argument, length),
            VfioUapi.VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2 => SetPrecopyInfoV2(flags, length),
            VfioUapi.VFIO_DEVICE_FEATURE_DMA_LOGGING_START => StartLogging(task, flags, argument, length),
            VfioUapi.VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP => StopLogging(flags, length),
            VfioUapi.VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT => ReportLogged(task, flags, argument, length),
            _ => Driver.Feature(task, flags, argument, length),
        };
    }

    // vfio_ioctl_device_feature_migration.
    private int GetMigration(uint flags, UserArgument argument, uint length)
    {
        if (Driver.Migration is not { } migration)
        {
            return -(int)Errno.ENOTTY;
        }

        var answer = new VfioDeviceFeatureMigration { Flags = migration.Features };
        Span<byte> bytes = StructBytes.AsBytes(ref answer);
        int check = FeatureCall.Check(flags, length, ToGet, (uint)bytes.Length);
        return check == 1 ? -(int)argument.CopyOut(FeatureCall.Data, bytes) : check;
    }

    // vfio_ioctl_device_feature_mig_device_state. The descriptor is told, as -1, also where there is none and where it failed.
    private int MigrationState(KernelTask task, uint flags, UserArgument argument, uint length)
    {
        if (Driver.Migration is not { } migration)
        {
            return -(int)Errno.ENOTTY;
        }

        var state = default(VfioDeviceFeatureMigState);
        Span<byte> bytes = StructBytes.AsBytes(ref state);
        int check = FeatureCall.Check(flags, length, ToGet | ToSet, (uint)bytes.Length);
        if (check != 1)
        {
            return check;
        }

        Errno error = argument.CopyIn(FeatureCall.Data, bytes);
        if (error != Errno.None)
        {
            return -(int)error;
        }

        OpenFile? data = null;
        OpenFlags opened = OpenFlags.ReadWrite;
        if ((flags & ToGet) != 0)
        {
            state.DeviceState = migration.State;
        }
        else
        {
            error = migration.SetState(state.DeviceState, out data, out opened);
        }

        if (data is not null)
        {
            int fd = task.Files.Reserve(data, opened);
            if (fd < 0)
            {
                return fd;
            }

            state.DataFd = fd;
            error = argument.CopyOut(FeatureCall.Data, bytes);
            if (error != Errno.None)
            {
                task.Files.Withdraw(fd);
                return -(int)error;
            }

            task.Files.Publish(fd);
            return 0;
        }

        state.DataFd = -1;
        Errno told = argument.CopyOut(FeatureCall.Data, bytes);
        return -(int)(told == Errno.None ? error : told);
    }

    // vfio_ioctl_device_feature_migration_data_size.
    private int GetMigrationDataSize(uint flags, UserArgument argument, uint length)
    {
        if (Driver.Migration is not { } migration)
        {
            return -(int)Errno.ENOTTY;
        }

        var answer = default(VfioDeviceFeatureMigDataSize);
        Span<byte> bytes = StructBytes.AsBytes(ref answer);
        int check = FeatureCall.Check(flags, length, ToGet, (uint)bytes.Length);
        if (check != 1)
        {
            return check;
        }

        answer.StopCopyLength = migration.DataSize;
        return -(int)argument.CopyOut(FeatureCall.Data, bytes);
    }

    // vfio_ioctl_device_feature_migration_precopy_info_v2: no pre-copy is EINVAL, asked before anything else.
    private int SetPrecopyInfoV2(uint flags, uint length)
    {
        if (Driver.Migration is not { } migration || (migration.Features & VfioUapi.VFIO_MIGRATION_PRE_COPY) == 0)
        {
            return -(int)Errno.EINVAL;
        }

        int check = FeatureCall.Check(flags, length, ToSet, 0);
        if (check != 1)
        {
            return check;
        }

        migration.PrecopyInfoV2 = true;
        return 0;
    }

    // vfio_ioctl_device_feature_logging_start.
    private int StartLogging(KernelTask task, uint flags, UserArgument argument, uint length)
    {
        if (Driver.DmaLogging is not { } logging)
        {
            return -(int)Errno.ENOTTY;
        }

        var control = default(VfioDeviceFeatureDmaLoggingControl);
        Span<byte> bytes = StructBytes.AsBytes(ref control);
        int check = FeatureCall.Check(flags, length, ToSet, (uint)bytes.Length);
        if (check != 1)
        {
            return check;
        }

        Errno error = argument.CopyIn(FeatureCall.Data, bytes);
        List<(ulong First, ulong Last)> ranges = [];
        if (error == Errno.None)
        {
            error = ReadRanges(task.Memory, control, ranges);
        }

        if (error != Errno.None)
        {
            return -(int)error;
        }

        ulong pageSize = control.PageSize;
        error = logging.Start(ranges, ref pageSize);
        if (error != Errno.None)
        {
            return -(int)error;
        }

        control.PageSize = pageSize;
        error = argument.CopyOut(FeatureCall.Data, bytes);
        if (error != Errno.None)
        {
            logging.Stop();
        }

        return -(int)error;
    }

    private static Errno ReadRanges(UserMemory memory, in VfioDeviceFeatureDmaLoggingControl control, List<(ulong First, ulong Last)> ranges)
    {
        var range = default(VfioDeviceFeatureDmaLoggingRange);
        Span<byte> bytes = StructBytes.AsBytes(ref range);
        if (control.NumRanges == 0)
        {
            return Errno.EINVAL;
        }

        // LOG_MAX_RANGES: as many as a page holds.
        if (control.NumRanges > PageSize / (uint)bytes.Length)
        {
            return Errno.E2BIG;
        }

        for (uint i = 0; i < control.NumRanges; i++)
        {
            Errno error = memory.CopyIn(unchecked(control.Ranges + (i * (ulong)bytes.Length)), bytes);
            if (error != Errno.None)
            {
                return error;
            }

            // IS_ALIGNED, whatever the page size is: zero lets only zero through.
            if (((range.Iova | range.Length) & unchecked(control.PageSize - 1)) != 0)
            {
                return Errno.EINVAL;
            }

            if (unchecked(range.Iova + range.Length) < range.Iova)
            {
                return Errno.EOVERFLOW;
            }

            ulong last = unchecked(range.Iova + range.Length - 1);
            if (ranges.Exists(other => other.First <= last && range.Iova <= other.Last))
            {
                return Errno.EINVAL;
            }

            ranges.Add((range.Iova, last));
        }

        return Errno.None;
    }

    // vfio_ioctl_device_feature_logging_stop.
    private int StopLogging(uint flags, uint length)
    {
        if (Driver.DmaLogging is not { } logging)
        {
            return -(int)Errno.ENOTTY;
        }

        int check = FeatureCall.Check(flags, length, ToSet, 0);
        if (check == 1)
        {
            logging.Stop();
            return 0;
        }

        return check;
    }

    // vfio_ioctl_device_feature_logging_report. A bitmap that is not there loses the bits and is no error: iova_bitmap_set of iova_bitmap.c.
    private int ReportLogged(KernelTask task, uint flags, UserArgument argument, uint length)
    {
        if (Driver.DmaLogging is not { } logging)
        {
            return -(int)Errno.ENOTTY;
        }

        var report = default(VfioDeviceFeatureDmaLoggingReport);
        Span<byte> bytes = StructBytes.AsBytes(ref report);
        int check = FeatureCall.Check(flags, length, ToGet, (uint)bytes.Length);
        if (check != 1)
        {
            return check;
        }

        Errno error = argument.CopyIn(FeatureCall.Data, bytes);
        if (error != Errno.None)
        {
            return -(int)error;
        }

        if (report.PageSize < PageSize || !BitOperations.IsPow2(report.PageSize))
        {
            return -(int)Errno.EINVAL;
        }

        if (unchecked(report.Iova + report.Length) < report.Iova)
        {
            return -(int)Errno.EOVERFLOW;
        }

        ulong last = unchecked(report.Iova + report.Length - 1);
        error = logging.ReadAndClear(report.Iova, report.Length, out IReadOnlyList<(ulong Iova, ulong Length)> written);
        int shift = BitOperations.Log2(report.PageSize);
        foreach ((ulong iova, ulong size) in written)
        {
            // What was written may be told in larger pieces than were asked for: the bitmap has no bits beyond its ends.
            ulong first = Math.Max(iova, report.Iova) - report.Iova;
            ulong end = Math.Min(iova + (size - 1), last) - report.Iova;
            UserBitmap.Set(task.Memory, report.Bitmap, first >> shift, end >> shift);
        }

        return -(int)error;
    }
}
