using System.Runtime.InteropServices;
using Vfio.Uapi;

namespace Vfio;

/// <summary>A shared mapping of a file into this process (mmap), unmapped when released.</summary>
internal sealed class MemoryMapping : SafeHandle
{
    private readonly ISystemCalls _calls;

    private MemoryMapping(ISystemCalls calls, nint address, nuint length)
        : base(0, ownsHandle: true)
    {
        _calls = calls;
        Length = length;
        SetHandle(address);
    }

    /// <summary>Bytes.</summary>
    public nuint Length { get; }

    /// <summary>Where it is; 0 once it is closed.</summary>
    public nint Address => IsClosed ? 0 : handle;

    /// <inheritdoc/>
    public override bool IsInvalid => handle == 0;

    /// <summary>Maps <paramref name="length"/> bytes of a file (mmap, MAP_SHARED).</summary>
    /// <exception cref="VfioException">The kernel's errno.</exception>
    public static MemoryMapping Map(VfioFileHandle file, nuint length, MmapProtection protection, ulong offset)
    {
        nint address = file.Mmap(length, protection, MmapFlags.Shared, (long)offset).ThrowIfError("mmap", file.Path);
        return new MemoryMapping(file.Calls, address, length);
    }

    /// <summary>Keeps children of a fork from sharing the pages, so that a copy-on-write never separates this process from its device (madvise).</summary>
    public void DoNotFork() => _calls.Madvise(handle, Length, MemoryAdvice.DontFork).ThrowIfError("madvise(MADV_DONTFORK)", "memory");

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => _calls.Munmap(handle, Length) >= 0;
}
