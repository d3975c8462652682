namespace Vfio.Cli.Probing;

/// <summary>What a test of a device found.</summary>
/// <param name="Identity">What the device says it is; registers, not DMA.</param>
/// <param name="Dma">Whether bytes moved as they should.</param>
/// <param name="DmaBytes">How many bytes were moved by the device and checked.</param>
/// <param name="Interrupt">Whether its interrupt arrived.</param>
internal sealed record DeviceChecks(Check Identity, Check Dma, long DmaBytes, Check Interrupt);
