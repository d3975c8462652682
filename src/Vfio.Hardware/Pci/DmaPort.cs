using System.Buffers.Binary;
using Vfio.Hardware.Iommus;

namespace Vfio.Hardware.Pci;

/// <summary>
/// A function's way to memory. Takes no lock and allocates nothing; safe while the domain is swapped and mappings change.
/// </summary>
public sealed class DmaPort
{
    private const ulong PageSize = 4096;

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

    /// <summary>Where pages are noted, after they are written; null: nowhere.</summary>
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

        if (Log is { } log)
        {
            return WriteNoting(log, iova, source) || Fault(iova);
        }

        bool done = Write(iova, source);

        // Whoever began to watch meanwhile learns of all that may have been written since.
        Log?.Mark(iova, source.Length);
        return done || Fault(iova);
    }

    /// <summary>
    /// Writes words of 8 bytes one after the other: who sees one of them sees all before it. As <see cref="TryWrite"/> otherwise; <paramref name="iova"/> is a multiple of 8.
    /// </summary>
    public bool TryWriteInOrder(ulong iova, ReadOnlySpan<ulong> words)
    {
        if (BusMaster && PassThrough is null && Log is null && IommuDomain.TryWriteInOrder(ref _domain, iova, words))
        {
            Log?.Mark(iova, words.Length * sizeof(ulong));
            return true;
        }

        // Each by itself: in memory that is reached another way, or that somebody watches.
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        foreach (ulong word in words)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, word);
            if (!TryWrite(iova, bytes))
            {
                return false;
            }

            iova += sizeof(ulong);
        }

        return true;
    }

    private bool Write(ulong iova, ReadOnlySpan<byte> source)
        => PassThrough is { } memory ? memory.TryWrite(iova, source) : IommuDomain.TryWrite(ref _domain, iova, source);

    // Page by page, for a page is written or is not: each is noted after it changed, since one noted before could be copied too early.
    private bool WriteNoting(DmaWriteLog log, ulong iova, ReadOnlySpan<byte> source)
    {
        if ((ulong)source.Length > 0UL - iova && iova != 0)
        {
            return false;
        }

        while (!source.IsEmpty)
        {
            ReadOnlySpan<byte> piece = source[..(int)Math.Min((ulong)source.Length, PageSize - (iova % PageSize))];
            if (!Write(iova, piece))
            {
                return false;
            }

            log.Mark(iova, piece.Length);
            iova += (ulong)piece.Length;
            source = source[piece.Length..];
        }

        return true;
    }

    private bool Fault(ulong iova)
    {
        Volatile.Write(ref _lastFaultAddress, iova);
        Interlocked.Increment(ref _faultCount);
        return false;
    }
}
