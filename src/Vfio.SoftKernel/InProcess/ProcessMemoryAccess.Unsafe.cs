using System.Runtime.InteropServices;

namespace Vfio.SoftKernel.InProcess;

/// <summary>This process's memory by addresses that nobody vouches for: the host's kernel walks them, so a bad one is an error and no signal.</summary>
internal static unsafe partial class ProcessMemoryAccess
{
    private static readonly int s_self = Environment.ProcessId;

    /// <summary>Reads; false when not every byte was there.</summary>
    public static bool TryRead(ulong address, Span<byte> destination)
    {
        // Sound: the local side is pinned memory of this span's length; the other side's addresses are checked by the kernel.
        fixed (byte* local = destination)
        {
            var to = new IoVector { Base = (nuint)local, Length = (nuint)destination.Length };
            var from = new IoVector { Base = (nuint)address, Length = (nuint)destination.Length };
            return process_vm_readv(s_self, &to, 1, &from, 1, 0) == destination.Length;
        }
    }

    /// <summary>Writes; false when not every byte could be.</summary>
    public static bool TryWrite(ulong address, ReadOnlySpan<byte> source)
    {
        // Sound: as in TryRead.
        fixed (byte* local = source)
        {
            var from = new IoVector { Base = (nuint)local, Length = (nuint)source.Length };
            var to = new IoVector { Base = (nuint)address, Length = (nuint)source.Length };
            return process_vm_writev(s_self, &from, 1, &to, 1, 0) == source.Length;
        }
    }

    [LibraryImport("libc")]
    private static partial nint process_vm_readv(int pid, IoVector* local, nuint localCount, IoVector* remote, nuint remoteCount, nuint flags);

    [LibraryImport("libc")]
    private static partial nint process_vm_writev(int pid, IoVector* local, nuint localCount, IoVector* remote, nuint remoteCount, nuint flags);

    // struct iovec.
    [StructLayout(LayoutKind.Sequential)]
    private struct IoVector
    {
        public nuint Base;
        public nuint Length;
    }
}
