using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Vfio.Emulator.Notify;

/// <summary>struct seccomp_notif: a call of the program's, which waits for its answer.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Notification
{
    /// <summary>Names the call in the answer.</summary>
    public ulong Id;

    /// <summary>The thread, as this process numbers it.</summary>
    public int ThreadId;

    /// <summary>None are defined.</summary>
    public uint Flags;

    /// <summary>Which call: <see cref="SystemCall"/>.</summary>
    public int Number;

    /// <summary>AUDIT_ARCH_*.</summary>
    public uint Architecture;

    /// <summary>Where it was made.</summary>
    public ulong InstructionPointer;

    /// <summary>Its six arguments.</summary>
    public SixArguments Arguments;

    /// <summary>u64 args[6].</summary>
    [InlineArray(6)]
    internal struct SixArguments
    {
        private ulong _first;
    }
}
