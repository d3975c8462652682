using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// A device's migration (VFIO_DEVICE_FEATURE, MIGRATION and MIG_DEVICE_STATE): its state is read as a stream here and written to one elsewhere, and it goes on there. From
/// <see cref="VfioDevice.Migration"/>.
/// </summary>
/// <remarks>
/// A change of state may go through others on the way. Where one fails the device is in the last it reached, or in <see cref="MigrationState.Error"/>, which only a reset
/// (<see cref="VfioDevice.Reset"/>) ends. Not to be used from several threads at once.
/// </remarks>
public sealed class DeviceMigration
{
    private readonly VfioDevice _device;

    internal DeviceMigration(VfioDevice device, MigrationCapabilities capabilities)
    {
        _device = device;
        Capabilities = capabilities;
    }

    /// <summary>Which optional states it has.</summary>
    public MigrationCapabilities Capabilities { get; }

    /// <summary>
    /// What the device is doing (VFIO_DEVICE_FEATURE, MIG_DEVICE_STATE, GET). Setting it changes that; a stream that a change begins is closed at once, so for
    /// <see cref="MigrationState.StopCopy"/>, <see cref="MigrationState.PreCopy"/> and <see cref="MigrationState.Resuming"/> use <see cref="Save"/> and <see cref="Resume"/>.
    /// </summary>
    /// <exception cref="VfioException">EINVAL: no such state, or no way to it.</exception>
    public MigrationState State
    {
        get
        {
            FeatureArgument<VfioDeviceFeatureMigState> argument = new() { Data = new() { DataFd = -1 } };
            _device.Feature(DeviceFeature.MigrationState, VfioUapi.VFIO_DEVICE_FEATURE_GET, ref argument);
            return (MigrationState)argument.Data.DeviceState;
        }

        set => Change(value)?.Dispose();
    }

    /// <summary>Bytes the whole state is estimated to take once the device stops (VFIO_DEVICE_FEATURE, MIG_DATA_SIZE; since Linux 6.2).</summary>
    public ulong EstimateStopCopyBytes()
    {
        FeatureArgument<VfioDeviceFeatureMigDataSize> argument = default;
        _device.Feature(DeviceFeature.MigrationDataSize, VfioUapi.VFIO_DEVICE_FEATURE_GET, ref argument);
        return argument.Data.StopCopyLength;
    }

    /// <summary>
    /// Has <see cref="MigrationStream.GetPrecopyInfo"/> tell when the device begins anew (VFIO_DEVICE_FEATURE, MIG_PRECOPY_INFOv2; since Linux 7.1).
    /// </summary>
    /// <exception cref="VfioException">EINVAL: it has no <see cref="MigrationState.PreCopy"/>.</exception>
    public void EnablePrecopyReinit() => _device.Feature(DeviceFeature.MigrationPrecopyInfoV2, VfioUapi.VFIO_DEVICE_FEATURE_SET);

    /// <summary>Begins to read the device's state.</summary>
    /// <param name="preCopy">
    /// True: the device runs on (<see cref="MigrationState.PreCopy"/>) and the stream pauses where it has nothing at the moment; later set <see cref="State"/> to
    /// <see cref="MigrationState.StopCopy"/> and read the same stream to its end. False: the device stops (<see cref="MigrationState.StopCopy"/>).
    /// </param>
    /// <returns>The stream; the caller's to dispose.</returns>
    /// <exception cref="VfioException">EINVAL: no way there from the present state.</exception>
    public MigrationStream Save(bool preCopy = false) => Begin(preCopy ? MigrationState.PreCopy : MigrationState.StopCopy);

    /// <summary>Begins to write a state that was read elsewhere (<see cref="MigrationState.Resuming"/>). When all is written set <see cref="State"/> to what the device shall do.</summary>
    /// <returns>The stream; the caller's to dispose.</returns>
    /// <exception cref="VfioException">EINVAL: no way there from the present state.</exception>
    public MigrationStream Resume() => Begin(MigrationState.Resuming);

    private MigrationStream Begin(MigrationState state) =>
        new(Change(state) ?? throw KernelAnswer.Failure(_device.Handle, Errno.EINVAL, "VFIO_DEVICE_FEATURE(MigrationState)", $"{state} gave no stream: the device was there already"),
            isReader: state != MigrationState.Resuming);

    private VfioFileHandle? Change(MigrationState state)
    {
        FeatureArgument<VfioDeviceFeatureMigState> argument = new() { Data = new() { DeviceState = (uint)state, DataFd = -1 } };
        int result = _device.TryFeature(DeviceFeature.MigrationState, VfioUapi.VFIO_DEVICE_FEATURE_SET, ref argument);
        VfioFileHandle? stream = result >= 0 && argument.Data.DataFd >= 0
            ? new VfioFileHandle(_device.Handle.Calls, argument.Data.DataFd, $"migration of {_device.Address}")
            : null;
        _device.Handle.Check(result, "VFIO_DEVICE_FEATURE(MigrationState)", $"to {state}");
        return stream;
    }
}
