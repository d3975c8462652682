using Vfio.Hardware.Iommus;

namespace Vfio.Hardware.Pci;

/// <summary>
/// A function's way to memory. Takes no lock and allocates nothing; safe while the domain is swapped and mappings change.
/// </summary>
public sealed class DmaPort
{
    private DeviceDomain? _domain;
    private DmaBacking? _passThrough;
    private DmaWriteLog? _log;
    private bool _busMaster;
    private long _faultCount;
    private ulong _lastFaultAddress;

    /// <summary>
    /// The page table the function's requests go through, or the two stages; null: all of them are blocked. Once set, no request goes through the one before.
    /// </summary>
    public DeviceDomain? Domain
    {
        get => Volatile.Read(ref _domain);
        set
        {
            if (Interlocked.Exchange(ref _domain, value) is not null)
            {
                DmaReadSections.WaitForReaders();
            }
        }
    }

    /// <summary>Memory reached without translation by a function that no IOMMU stands before; null where there is an IOMMU.</summary>
    public DmaBacking? PassThrough
    {
        get => Volatile.Read(ref _passThrough);
        set => Volatile.Write(ref _passThrough, value);
    }

    /// <summary>Where writes are noted, after they are done; null: nowhere.</summary>
    public DmaWriteLog? Log
    {
        get => Volatile.Read(ref _log);
        set => Volatile.Write(ref _log, value);
    }

    /// <summary>Bus Master Enable of the command register: without it a function makes no requests.</summary>
    public bool BusMaster
    {
        get => Volatile.Read(ref _busMaster);
        set => Volatile.Write(ref _busMaster, value);
    }

    /// <summary>Requests that found no mapping.</summary>
    public long FaultCount => Interlocked.Read(ref _faultCount);

    /// <summary>Where the last of them began.</summary>
    public ulong LastFaultAddress => Volatile.Read(ref _lastFaultAddress);

    /// <summary>Reads memory; false when bus mastering is off or a page is not mapped for reading.</summary>
    public bool TryRead(ulong iova, Span<byte> destination)
    {
        if (!BusMaster)
        {
            return false;
        }

        bool done = PassThrough is { } memory ? memory.TryRead(iova, destination) : IommuDomain.TryRead(ref _domain, iova, destination);
        return done || Fault(iova);
    }

    /// <summary>Writes memory; false when bus mastering is off or a page is not mapped for writing.</summary>
    public bool TryWrite(ulong iova, ReadOnlySpan<byte> source)
    {
        if (!BusMaster)
        {
            return false;
        }

        bool done = PassThrough is { } memory ? memory.TryWrite(iova, source) : IommuDomain.TryWrite(ref _domain, iova, source);

        // After the write, and also where it failed half-way: a page noted before it changes could be copied too early.
        Log?.Mark(iova, source.Length);
        return done || Fault(iova);
    }

    private bool Fault(ulong iova)
    {
        Volatile.Write(ref _lastFaultAddress, iova);
        Interlocked.Increment(ref _faultCount);
        return false;
    }
}
