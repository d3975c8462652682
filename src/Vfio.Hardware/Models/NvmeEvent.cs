namespace Vfio.Hardware.Models;

/// <summary>An asynchronous event: its type, what happened, and the log page that tells more, as dword 0 of the completion holds them.</summary>
internal static class NvmeEvent
{
    public const uint InvalidDoorbellValue = 0x01_01_00;
    public const uint TemperatureThreshold = 0x02_01_01;
}
