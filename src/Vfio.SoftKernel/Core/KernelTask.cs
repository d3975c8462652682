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
}
