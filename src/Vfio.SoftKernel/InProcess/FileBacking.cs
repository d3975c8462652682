using Vfio.Hardware.Iommus;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>A memory file that its owner may still truncate: reached by pread and pwrite, where a missing page is an error and no signal.</summary>
public sealed class FileBacking : DmaBacking
{
    private readonly ISystemCalls _host;
    private readonly int _descriptor;
    private readonly (uint, uint, ulong) _key;

    private FileBacking(ISystemCalls host, int descriptor, (uint, uint, ulong) key, ulong length)
    {
        _key = key;
        _host = host;
        _descriptor = descriptor;
        Length = length;
    }

    /// <inheritdoc/>
    public override ulong Length { get; }

    /// <inheritdoc/>
    public override MemoryPlace PlaceOf(ulong offset) => new(_key, offset);

    /// <summary>A backing with a descriptor of its own.</summary>
    public static Errno TryCreate(ISystemCalls host, int descriptor, (uint, uint, ulong) key, ulong length, out DmaBacking? backing)
    {
        ArgumentNullException.ThrowIfNull(host);
        int own = host.Dup(descriptor);
        backing = own < 0 ? null : new FileBacking(host, own, key, length);
        return own < 0 ? (Errno)(-own) : Errno.None;
    }

    /// <inheritdoc/>
    public override bool TryRead(ulong offset, Span<byte> destination) => _host.Pread(_descriptor, destination, (long)offset) == destination.Length;

    /// <inheritdoc/>
    public override bool TryWrite(ulong offset, ReadOnlySpan<byte> source)
    {
        // pwrite would grow the file again where a page would be missing.
        return _host.Fstat(_descriptor, out FileStatus status) == 0 && offset + (ulong)source.Length <= status.Size
            && _host.Pwrite(_descriptor, source, (long)offset) == source.Length;
    }

    /// <inheritdoc/>
    protected override void Free() => _host.Close(_descriptor);
}
