namespace Vfio.Nvme;

/// <summary>What an <see cref="NvmeEvent"/> is about.</summary>
public enum NvmeEventKind
{
    /// <summary>An error that is no command's: a doorbell that is none, a failure inside.</summary>
    Error = 0,

    /// <summary>SMART / health: reliability, temperature or spare (<see cref="NvmeController.ReadHealth"/>).</summary>
    Health = 1,

    /// <summary>Something has changed: namespaces, firmware, telemetry.</summary>
    Notice = 2,

    /// <summary>Of the I/O command set: reservations, sanitizing.</summary>
    CommandSet = 6,

    /// <summary>The vendor's own.</summary>
    Vendor = 7,
}
