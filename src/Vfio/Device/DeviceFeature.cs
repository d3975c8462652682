using Vfio.Uapi;

namespace Vfio;

/// <summary>What a driver may offer beyond what every device has; VFIO_DEVICE_FEATURE_*.</summary>
public enum DeviceFeature : uint
{
    /// <summary>Sets the secret that virtual functions are opened with (<see cref="VfioDevice.SetVfToken"/>).</summary>
    VfToken = VfioUapi.VFIO_DEVICE_FEATURE_PCI_VF_TOKEN,

    /// <summary>Migration (<see cref="VfioDevice.Migration"/>).</summary>
    Migration = VfioUapi.VFIO_DEVICE_FEATURE_MIGRATION,

    /// <summary>The migration state (<see cref="DeviceMigration.State"/>).</summary>
    MigrationState = VfioUapi.VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,

    /// <summary>Low power (<see cref="VfioDevice.EnterLowPower()"/>).</summary>
    LowPowerEntry = VfioUapi.VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY,

    /// <summary>Low power with a wake-up signal (<see cref="VfioDevice.EnterLowPowerWithWakeup"/>).</summary>
    LowPowerEntryWithWakeup = VfioUapi.VFIO_DEVICE_FEATURE_LOW_POWER_ENTRY_WITH_WAKEUP,

    /// <summary>The end of low power (<see cref="VfioDevice.ExitLowPower"/>).</summary>
    LowPowerExit = VfioUapi.VFIO_DEVICE_FEATURE_LOW_POWER_EXIT,

    /// <summary>Begins a record of what the device writes (<see cref="VfioDevice.StartDmaLogging"/>).</summary>
    DmaLoggingStart = VfioUapi.VFIO_DEVICE_FEATURE_DMA_LOGGING_START,

    /// <summary>Ends it (<see cref="VfioDevice.StopDmaLogging"/>).</summary>
    DmaLoggingStop = VfioUapi.VFIO_DEVICE_FEATURE_DMA_LOGGING_STOP,

    /// <summary>Reports it (<see cref="VfioDevice.ReadDmaLog"/>).</summary>
    DmaLoggingReport = VfioUapi.VFIO_DEVICE_FEATURE_DMA_LOGGING_REPORT,

    /// <summary>How much state there is to migrate (<see cref="DeviceMigration.EstimateStopCopyBytes"/>).</summary>
    MigrationDataSize = VfioUapi.VFIO_DEVICE_FEATURE_MIG_DATA_SIZE,

    /// <summary>Bus mastering of a CDX device (<see cref="VfioDevice.SetCdxBusMaster"/>).</summary>
    BusMaster = VfioUapi.VFIO_DEVICE_FEATURE_BUS_MASTER,

    /// <summary>Parts of BARs as dma-buf (<see cref="VfioDevice.ExportDmaBuf"/>).</summary>
    DmaBuf = VfioUapi.VFIO_DEVICE_FEATURE_DMA_BUF,

    /// <summary>Pre-copy information that tells of a new start (<see cref="DeviceMigration.EnablePrecopyReinit"/>).</summary>
    MigrationPrecopyInfoV2 = VfioUapi.VFIO_DEVICE_FEATURE_MIG_PRECOPY_INFOv2,
}
