using Vfio.Transcripts.Format;
using Vfio.Uapi;

namespace Vfio.Transcripts.Play;

/// <summary>
/// Memory of a transcript: aligned so that an IOVA chosen for it is the same wherever it lies, and with nothing before and behind it.
/// </summary>
internal sealed class NamedMemory
{
    private const nint Alignment = 2 << 20;
    private const nint Page = 4096;

    private readonly nint _start;
    private readonly nint _whole;

    private NamedMemory(nint address, nint length, bool readable, nint start, nint whole)
    {
        _start = start;
        _whole = whole;
        Address = address;
        Length = length;
        IsReadable = readable;
    }

    /// <summary>The first byte.</summary>
    public nint Address { get; }

    /// <summary>Bytes.</summary>
    public nint Length { get; }

    private bool IsReadable { get; }

    /// <summary>Maps zeroed memory of its own, shared (a sealed memfd) or private.</summary>
    public static NamedMemory Create(ISystemCalls calls, nint length, bool shared, MmapProtection protection)
    {
        length = (length + Page - 1) & ~(Page - 1);
        nint whole = length + Alignment + (2 * Page);
        int fd = -1;
        if (shared)
        {
            fd = calls.MemfdCreate("transcript", MemfdFlags.AllowSealing);
            _ = calls.Ftruncate(fd, whole);
            _ = calls.AddSeals(fd, FileSeals.Shrink);
        }

        MmapFlags flags = shared ? MmapFlags.Shared : MmapFlags.Private | MmapFlags.Anonymous;
        nint start = calls.Mmap((nuint)whole, protection, flags, fd, 0);
        if (shared)
        {
            _ = calls.Close(fd);
        }

        if (start is < 0 and > -4096)
        {
            throw new TranscriptException($"no memory of {length} bytes: {(Errno)(-start)}");
        }

        nint address = (start + Page + Alignment - 1) & ~(Alignment - 1);
        Fence(calls, start, address - start);
        Fence(calls, address + length, start + whole - address - length);
        return new NamedMemory(address, length, (protection & MmapProtection.Read) != 0, start, whole);
    }

    /// <summary>A mapping that a step made itself.</summary>
    public static NamedMemory Of(nint address, nint length, bool readable) => new(address, length, readable, address, length);

    /// <summary>Unmaps it, and what is around it.</summary>
    public void Release(ISystemCalls calls)
    {
        _ = calls.Munmap(Address, (nuint)Length);
        if (_whole > Length)
        {
            _ = VfioHost.Local.Calls.Munmap(_start, (nuint)(Address - _start));
            _ = VfioHost.Local.Calls.Munmap(Address + Length, (nuint)(_start + _whole - Address - Length));
        }
    }

    /// <summary>The bytes at an address inside.</summary>
    public Span<byte> Bytes(nint address, int length)
    {
        if (!IsReadable || address < Address || address > Address + Length - length)
        {
            throw new TranscriptException("peek and poke reach memory that the transcript mapped, and can read");
        }

        unsafe
        {
            // Sound: the range lies in a mapping of this length, which stands as long as the step that uses the span runs.
            return new Span<byte>((void*)address, length);
        }
    }

    // The seam forgets the range, then nothing else can come to lie there.
    private static void Fence(ISystemCalls calls, nint address, nint length)
    {
        _ = calls.Munmap(address, (nuint)length);
        _ = Native.Mmap(address, (nuint)length, 0, Native.MapPrivateAnonymousFixed, -1, 0);
    }
}
