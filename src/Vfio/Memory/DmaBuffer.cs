using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// Memory made for DMA: a memfd of whole pages, sealed against shrinking and growing, mapped here and in the device's address space. Fresh pages are zero.
/// </summary>
/// <remarks>
/// Keep the buffer for as long as a span of it is in use: disposing frees the memory, and a span then dangles. <see cref="Memory"/> keeps it by itself. Disposing the
/// device unmaps the buffer from the device, not from this process. Nothing orders the program's accesses against the device's but the device's own rules: a doorbell write after
/// the data, a read or an interrupt before looking at what it stored.
/// </remarks>
public sealed partial class DmaBuffer : IDisposable
{
    private readonly MemoryMapping _memory;
    private readonly VfioFileHandle _file;
    private readonly Manager _manager;

    private DmaBuffer(VfioFileHandle file, MemoryMapping memory, DmaMapping mapping)
    {
        _file = file;
        _memory = memory;
        Mapping = mapping;
        _manager = new Manager(this);
    }

    /// <summary>The I/O virtual address the device uses for the first byte.</summary>
    public ulong Iova => Mapping.Iova;

    /// <summary>Bytes: what was asked for, in whole pages.</summary>
    public ulong Length => Mapping.Length;

    /// <summary>What devices may do to it.</summary>
    public DmaAccess Access => Mapping.Access;

    /// <summary>The mapping in the device's address space; owned by the buffer.</summary>
    public DmaMapping Mapping { get; }

    /// <summary>The memfd behind it, for mapping it once more elsewhere (<see cref="Ioas.MapFile"/>) or sharing it; owned by the buffer.</summary>
    public VfioFileHandle File => _file;

    /// <summary>Where it lies in this process. Valid until the buffer is disposed.</summary>
    public nint Address
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory.IsClosed, this);
            return _memory.Address;
        }
    }

    /// <summary>Its bytes.</summary>
    /// <exception cref="OverflowException">It is longer than a span can be: use <see cref="Slice"/>.</exception>
    public Span<byte> Span => Slice(0, checked((int)Length));

    /// <summary>Its bytes, to keep and to await with.</summary>
    /// <exception cref="OverflowException">It is longer than a span can be.</exception>
    public Memory<byte> Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(_memory.IsClosed, this);
            _ = checked((int)Length);
            return _manager.Memory;
        }
    }

    /// <summary>Unmaps it from the device and frees it. May be called again, and from any thread.</summary>
    public void Dispose()
    {
        try
        {
            Mapping.Dispose();
        }
        finally
        {
            _memory.Dispose();
            _file.Dispose();
        }
    }

    /// <summary>Makes the memory and maps it.</summary>
    internal static DmaBuffer Create(ISystemCalls calls, ulong length, Func<nint, ulong, DmaMapping> map)
    {
        ulong page = (ulong)Environment.SystemPageSize;
        ArgumentOutOfRangeException.ThrowIfZero(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, (ulong)long.MaxValue - page);
        ulong whole = (length + page - 1) & ~(page - 1);
        VfioFileHandle file = new(calls, calls.MemfdCreate("dma", MemfdFlags.AllowSealing).ThrowIfError("memfd_create", string.Empty), "memfd");
        MemoryMapping? memory = null;
        try
        {
            calls.Ftruncate(file.Fd, (long)whole).ThrowIfError("ftruncate", file.Path);

            // Sealed: nobody who gets the file can shrink it under the mapping, which would be SIGBUS here.
            calls.AddSeals(file.Fd, FileSeals.Shrink | FileSeals.Grow).ThrowIfError("fcntl(F_ADD_SEALS)", file.Path);
            memory = MemoryMapping.Map(file, checked((nuint)whole), MmapProtection.Read | MmapProtection.Write, 0);
            memory.DoNotFork();
            return new DmaBuffer(file, memory, map(memory.Address, whole));
        }
        catch
        {
            memory?.Dispose();
            file.Dispose();
            throw;
        }
    }
}
