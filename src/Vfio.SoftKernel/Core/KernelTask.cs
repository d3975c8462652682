using Vfio.Uapi;

namespace Vfio.SoftKernel.Core;

/// <summary>The inner seam's caller: every call of every transport arrives with one. Linux: current.</summary>
/// <param name="processId">The process, as the topology's users see it.</param>
/// <param name="memory">Its memory.</param>
/// <param name="files">Its descriptors.</param>
/// <param name="credentials">Its identity.</param>
public sealed class KernelTask(int processId, UserMemory memory, IFileTable files, Credentials credentials)
{
    /// <summary>The process id.</summary>
    public int ProcessId { get; } = processId;

    /// <summary>Its memory.</summary>
    public UserMemory Memory { get; } = memory;

    /// <summary>Its descriptors.</summary>
    public IFileTable Files { get; } = files;

    /// <summary>Its identity.</summary>
    public Credentials Credentials { get; } = credentials;

    /// <summary>Whether a descriptor is open at all, be it the soft kernel's or the host's: what is EBADF where it is not.</summary>
    internal bool IsOpen(int fd, ISystemCalls host)
    {
        int taken = Files.TakeHostDescriptor(fd);
        if (taken < 0)
        {
            return false;
        }

        host.Close(taken);
        return true;
    }
}
