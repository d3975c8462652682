namespace Vfio.Nvme;

/// <summary>The controller is gone, broken, too slow, or answered a command with an error status. The message says which.</summary>
public sealed class NvmeException : IOException
{
    /// <summary>A failure outside any command.</summary>
    public NvmeException(string message) : base(message)
    {
    }

    /// <summary>A command that completed with an error.</summary>
    /// <param name="command">The command, as a person calls it.</param>
    /// <param name="status">The completion's status field: code in bits 7:0, type in bits 10:8.</param>
    public NvmeException(string command, int status)
        : base($"NVMe {command} failed: status type {(status >> 8) & 7}, code 0x{status & 0xff:x2}")
        => Status = status;

    /// <summary>The status field of the failed command's completion (11 bits: type and code), or 0 when no command failed.</summary>
    public int Status { get; }
}
