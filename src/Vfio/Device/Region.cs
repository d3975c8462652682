using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// A region of a device: a BAR, the ROM, config space, or one of its own. Registers are read and written at their width, one access each, through a
/// mapping where the kernel allows one and by pread and pwrite elsewhere; the two look the same.
/// </summary>
/// <remarks>
/// Offsets are bytes from the region's start, multiples of the access width. Values are little-endian in the device, as PCI has them. Accesses allocate
/// nothing and take no lock. They may run in several threads, but none may run while the device is disposed by another: end your threads first. Afterwards
/// every access throws <see cref="ObjectDisposedException"/>. What is mapped is mapped at the first access, or by <see cref="Map"/>. While config space
/// says that memory decoding is off, or the function sleeps (D3), mapped areas are reached by pread and pwrite as well, where that is an error (EIO) and not a
/// signal. Through pread and pwrite an 8-byte access may reach the device as two of 4.
/// </remarks>
public sealed partial class Region
{
    private readonly VfioFileHandle _device;
    private readonly ConfigGuard? _guard;
    private readonly Lock _lock = new();
    private MappedArea[] _mapped = [];
    private bool _isMapped;
    private bool _suspended;
    private bool _closed;

    /// <summary>A region of an open device.</summary>
    /// <param name="device">The device; not owned.</param>
    /// <param name="info">What the kernel said of the region.</param>
    /// <param name="guard">What watches writes to config space; null for every other region.</param>
    /// <param name="suspended">True while nothing may be reached through a mapping.</param>
    internal Region(VfioFileHandle device, RegionInfo info, ConfigGuard? guard = null, bool suspended = false)
    {
        _device = device;
        Info = info;
        _guard = guard;
        _suspended = suspended;
    }

    /// <summary>What the kernel says of it.</summary>
    public RegionInfo Info { get; }

    /// <summary>Its index: 0-5 are the BARs, 6 the ROM, 7 config space, 8 VGA.</summary>
    public int Index => Info.Index;

    /// <summary>Bytes; 0 where the device has none.</summary>
    public ulong Size => Info.Size;

    /// <summary>What can be done with it.</summary>
    public RegionFlags Flags => Info.Flags;

    /// <summary>Whether any part of it is mapped.</summary>
    public bool IsMapped => _isMapped;

    /// <summary>
    /// Maps what can be mapped (mmap). The first access does it by itself; this is for a program that wants the cost, or the failure, at a place of its choosing.
    /// </summary>
    /// <exception cref="VfioException">The kernel's errno.</exception>
    public void Map()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_isMapped || Info.MappableAreas.Count == 0)
            {
                return;
            }

            List<MappedArea> mapped = [];
            try
            {
                foreach (RegionArea area in Info.MappableAreas)
                {
                    mapped.Add(new MappedArea(
                        area,
                        MemoryMapping.Map(
                            _device,
                            checked((nuint)area.Length),
                            MmapProtection.Read | MmapProtection.Write,
                            Info.FileOffset + area.Offset)));
                }
            }
            catch
            {
                mapped.ForEach(static area => area.Memory.Dispose());
                throw;
            }

            _mapped = [.. mapped];
            _isMapped = true;
            Publish();
        }
    }

    /// <summary>Reads bytes by accesses of one width.</summary>
    /// <param name="offset">From where; a multiple of <paramref name="width"/>.</param>
    /// <param name="destination">Where to; its length is a multiple of <paramref name="width"/>.</param>
    /// <param name="width">1, 2, 4 or 8 bytes an access.</param>
    public void ReadBytes(ulong offset, Span<byte> destination, int width = 4)
    {
        CheckBulk(destination.Length, width);
        for (int i = 0; i < destination.Length; i += width)
        {
            ulong at = offset + (ulong)i;
            switch (width)
            {
                case 1: destination[i] = Read8(at); break;
                case 2: BinaryPrimitives.WriteUInt16LittleEndian(destination[i..], Read16(at)); break;
                case 4: BinaryPrimitives.WriteUInt32LittleEndian(destination[i..], Read32(at)); break;
                default: BinaryPrimitives.WriteUInt64LittleEndian(destination[i..], Read64(at)); break;
            }
        }
    }

    /// <summary>Writes bytes by accesses of one width.</summary>
    /// <param name="offset">To where; a multiple of <paramref name="width"/>.</param>
    /// <param name="source">What; its length is a multiple of <paramref name="width"/>.</param>
    /// <param name="width">1, 2, 4 or 8 bytes an access.</param>
    public void WriteBytes(ulong offset, ReadOnlySpan<byte> source, int width = 4)
    {
        CheckBulk(source.Length, width);
        for (int i = 0; i < source.Length; i += width)
        {
            ulong at = offset + (ulong)i;
            switch (width)
            {
                case 1: Write8(at, source[i]); break;
                case 2: Write16(at, BinaryPrimitives.ReadUInt16LittleEndian(source[i..])); break;
                case 4: Write32(at, BinaryPrimitives.ReadUInt32LittleEndian(source[i..])); break;
                default: Write64(at, BinaryPrimitives.ReadUInt64LittleEndian(source[i..])); break;
            }
        }
    }

    /// <summary>pwrite of a value known to leave memory decoding as it is.</summary>
    internal void WriteFileUnguarded(ulong offset, ReadOnlySpan<byte> value)
    {
        nint done;
        do
        {
            done = _device.Pwrite(value, unchecked((long)(Info.FileOffset + offset)));
        }
        while (done == -(int)Errno.EINTR);
        if (done != value.Length)
        {
            throw Failure("pwrite", done, offset);
        }
    }

    /// <summary>Takes the mappings out of use, or puts them back, as config space lets memory be reached or not.</summary>
    internal void Suspend(bool suspended)
    {
        lock (_lock)
        {
            _suspended = suspended;
            Publish();
        }
    }

    /// <summary>Unmaps. From here on every access throws.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Publish();
            foreach (MappedArea area in _mapped)
            {
                area.Memory.Dispose();
            }

            _mapped = [];
            _isMapped = false;
        }
    }

    private static void CheckBulk(int length, int width)
    {
        if (width is not (1 or 2 or 4 or 8))
        {
            throw new ArgumentOutOfRangeException(nameof(width), width, "An access is 1, 2, 4 or 8 bytes wide.");
        }

        if (length % width != 0)
        {
            throw new ArgumentException("The length is not a multiple of the access width.", nameof(width));
        }
    }

    [DoesNotReturn]
    private static void ThrowMisaligned(ulong offset, int width) =>
        throw new ArgumentException($"Offset 0x{offset:x} is not a multiple of {width}.", nameof(offset));

    [DoesNotReturn]
    private void ThrowOutside(ulong offset, int width) =>
        throw new ArgumentOutOfRangeException(nameof(offset), $"{width} bytes at 0x{offset:x} do not lie in region {Index} of 0x{Size:x} bytes.");

    /// <summary>Checks an access that the published area does not cover; maps at the first.</summary>
    /// <returns>The address to access, or 0 where it goes through the file.</returns>
    private nint Locate(ulong offset, int width)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if ((offset & (ulong)(width - 1)) != 0)
        {
            ThrowMisaligned(offset, width);
        }

        if (Size < (ulong)width || offset > Size - (ulong)width)
        {
            ThrowOutside(offset, width);
        }

        if (Info.MappableAreas.Count == 0 || _suspended)
        {
            return 0;
        }

        if (!_isMapped)
        {
            Map();
        }

        foreach (MappedArea area in _mapped)
        {
            ulong inside = offset - area.Area.Offset;
            if (offset >= area.Area.Offset && inside <= area.Area.Length - (ulong)width && area.Area.Length >= (ulong)width)
            {
                return area.Memory.Address + (nint)inside;
            }
        }

        return 0;
    }

    private void ReadFile(ulong offset, Span<byte> value)
    {
        nint done;
        do
        {
            done = _device.Pread(value, unchecked((long)(Info.FileOffset + offset)));
        }
        while (done == -(int)Errno.EINTR);
        if (done != value.Length)
        {
            throw Failure("pread", done, offset);
        }
    }

    private void WriteFile(ulong offset, ReadOnlySpan<byte> value)
    {
        _guard?.BeforeWrite(offset, value.Length);
        try
        {
            WriteFileUnguarded(offset, value);
        }
        finally
        {
            _guard?.AfterWrite(offset, value.Length);
        }
    }

    private VfioException Failure(string operation, nint result, ulong offset) =>
        KernelAnswer.Failure(_device, result < 0 ? (Errno)(int)(-result) : Errno.EIO, operation, $"region {Index}, offset 0x{offset:x}");

    private readonly record struct MappedArea(RegionArea Area, MemoryMapping Memory);
}
