using Vfio.Uapi;

namespace Vfio;

/// <summary>What a device that can migrate is doing; VFIO_DEVICE_STATE_*.</summary>
public enum MigrationState : uint
{
    /// <summary>A change of state failed and the device cannot go on: reset it.</summary>
    Error = VfioUapi.VFIO_DEVICE_STATE_ERROR,

    /// <summary>Neither runs nor changes; does no DMA and raises no interrupt.</summary>
    Stop = VfioUapi.VFIO_DEVICE_STATE_STOP,

    /// <summary>Runs.</summary>
    Running = VfioUapi.VFIO_DEVICE_STATE_RUNNING,

    /// <summary>Stopped, and its state can be read.</summary>
    StopCopy = VfioUapi.VFIO_DEVICE_STATE_STOP_COPY,

    /// <summary>Stopped, and takes a state that was read elsewhere.</summary>
    Resuming = VfioUapi.VFIO_DEVICE_STATE_RESUMING,

    /// <summary>Runs, but reaches no other device by itself.</summary>
    RunningP2P = VfioUapi.VFIO_DEVICE_STATE_RUNNING_P2P,

    /// <summary>Runs, and what there is of its state can be read already.</summary>
    PreCopy = VfioUapi.VFIO_DEVICE_STATE_PRE_COPY,

    /// <summary>Both: <see cref="PreCopy"/> and <see cref="RunningP2P"/>.</summary>
    PreCopyP2P = VfioUapi.VFIO_DEVICE_STATE_PRE_COPY_P2P,
}
