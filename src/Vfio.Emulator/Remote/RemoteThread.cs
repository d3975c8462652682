using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>A thread of the program's that has called before. It may be killed while it is served: who serves it is a user of it.</summary>
/// <param name="host">The host.</param>
/// <param name="process">Whose it is; a use of it passes to this object.</param>
/// <param name="descriptor">Its pidfd, owned; negative where threads have none (before Linux 6.9).</param>
/// <param name="descriptors">/proc/TID/fd, owned: empty once the thread is gone, whoever has its number then.</param>
internal sealed class RemoteThread(ISystemCalls host, RemoteProcess process, int descriptor, int descriptors) : Counted
{
    /// <summary>Whose it is.</summary>
    public RemoteProcess Process => process;

    /// <summary>/proc/TID/fd.</summary>
    public int Descriptors => descriptors;

    /// <summary>What its descriptors are taken through: a process whose first thread has ended gives none.</summary>
    public int Descriptor => descriptor >= 0 ? descriptor : process.Descriptor;

    /// <summary>It has not ended.</summary>
    public bool IsThere => descriptor >= 0 && RemoteCalls.IsThere(descriptor);

    /// <inheritdoc/>
    protected override void Free()
    {
        host.Close(descriptors);
        if (descriptor >= 0)
        {
            host.Close(descriptor);
        }

        process.Release();
    }
}
