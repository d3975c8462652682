using Vfio.Hardware.Pci;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>A part of a device's file, mapped here as a program has it mapped. The file is sealed first: nobody can cut the pages off, whatever a program does with its descriptor.</summary>
internal sealed class MappedPages : PciSharedPages
{
    private readonly ISystemCalls _host;

    private MappedPages(ISystemCalls host, nint address, ulong size)
        : base(address, size) => _host = host;

    /// <summary>Maps a part, in whole pages; null where the host does not let us.</summary>
    /// <param name="host">The system calls of the process we live in.</param>
    /// <param name="descriptor">The file; made so that it can be sealed.</param>
    /// <param name="position">Where in it.</param>
    /// <param name="size">Bytes.</param>
    public static MappedPages? Map(ISystemCalls host, int descriptor, long position, ulong size)
    {
        const int LastError = 4095;
        host.AddSeals(descriptor, FileSeals.Shrink | FileSeals.Grow | FileSeals.Seal);
        if (host.GetSeals(descriptor) is var seals && (seals < 0 || ((FileSeals)seals & FileSeals.Shrink) == 0))
        {
            return null;
        }

        nint address = host.Mmap((nuint)size, MmapProtection.Read | MmapProtection.Write, MmapFlags.Shared, descriptor, position);
        return address is 0 or (< 0 and >= -LastError) ? null : new MappedPages(host, address, size);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => _host.Munmap(handle, (nuint)Size) == 0;
}
