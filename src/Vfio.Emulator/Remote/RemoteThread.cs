using Microsoft.Win32.SafeHandles;

namespace Vfio.Emulator.Remote;

/// <summary>A thread of the program's that has called before. Its handles are let go of with the last use of it, for it may be killed while it is served.</summary>
/// <param name="process">Whose it is.</param>
/// <param name="descriptor">Its pidfd; null where threads have none (before Linux 6.9).</param>
/// <param name="descriptors">/proc/TID/fd: empty once the thread is gone, whoever has its number then.</param>
internal sealed class RemoteThread(RemoteProcess process, SafeFileHandle? descriptor, SafeFileHandle descriptors)
{
    /// <summary>Whose it is.</summary>
    public RemoteProcess Process => process;

    /// <summary>/proc/TID/fd.</summary>
    public SafeFileHandle Descriptors => descriptors;

    /// <summary>It has not ended.</summary>
    public bool IsThere => descriptor is not null && RemoteCalls.IsThere(descriptor);
}
