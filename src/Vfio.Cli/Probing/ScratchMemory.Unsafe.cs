using System.Runtime.InteropServices;

namespace Vfio.Cli.Probing;

/// <summary>Zeroed memory on pages of its own, to be mapped for a device that shall not use it.</summary>
internal sealed class ScratchMemory : IDisposable
{
    /// <summary>A multiple of every page size that an IOMMU maps with on the machines Linux runs on.</summary>
    public const int Length = 64 * 1024;

    public ScratchMemory()
    {
        unsafe
        {
            // Sound: Length bytes at an address aligned to Length, cleared before anybody reads them, freed once in Dispose.
            void* memory = NativeMemory.AlignedAlloc(Length, Length);
            NativeMemory.Clear(memory, Length);
            Address = (nint)memory;
        }
    }

    public nint Address { get; private set; }

    public void Dispose()
    {
        unsafe
        {
            // Sound: ours from the constructor, or null after the first Dispose, which AlignedFree ignores.
            NativeMemory.AlignedFree((void*)Address);
        }

        Address = 0;
    }
}
