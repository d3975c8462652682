namespace Vfio.Hardware.Models;

/// <summary>Feature identifiers (Base specification 1.4, 5.21.1).</summary>
internal static class NvmeFeature
{
    public const byte Arbitration = 0x01;
    public const byte PowerManagement = 0x02;
    public const byte Temperature = 0x04;
    public const byte ErrorRecovery = 0x05;
    public const byte WriteCache = 0x06;
    public const byte Queues = 0x07;
    public const byte InterruptCoalescing = 0x08;
    public const byte InterruptVector = 0x09;
    public const byte WriteAtomicity = 0x0a;
    public const byte Events = 0x0b;
}
