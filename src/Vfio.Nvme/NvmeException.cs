namespace Vfio.Nvme;

/// <summary>
/// The controller is gone, broken, too slow, or answered a command with an error status. <see cref="Failure"/> says which, the message also what to do.
/// </summary>
public sealed class NvmeException : IOException
{
    /// <summary>A failure outside any command.</summary>
    /// <param name="message">What happened, and what to do.</param>
    /// <param name="failure">Of what kind.</param>
    public NvmeException(string message, NvmeFailure failure = NvmeFailure.Unusable) : base(message)
        => Failure = failure;

    /// <summary>A command that completed with an error, or was ended by a reset.</summary>
    /// <param name="command">The command, as a person calls it.</param>
    /// <param name="status">The completion's status field: code in bits 7:0, type in bits 10:8.</param>
    public NvmeException(string command, int status)
        : base(Describe(command, status))
    {
        Status = status;
        Failure = status switch
        {
            NvmeStatus.AbortedByReset => NvmeFailure.AbortedByReset,
            NvmeStatus.Gone => NvmeFailure.Gone,
            _ => NvmeFailure.Command,
        };
    }

    /// <summary>What kind of failure it is.</summary>
    public NvmeFailure Failure { get; }

    /// <summary>The status field of the failed command's completion (11 bits: type and code), or 0 when no command failed.</summary>
    public int Status { get; }

    private static string Describe(string command, int status) => status switch
    {
        NvmeStatus.AbortedByReset => $"NVMe {command} was ended by a reset of the controller; whether it was done is not known: repeat it",
        NvmeStatus.Gone => $"NVMe {command} was ended because the controller is gone; dispose it and its device, and open it again once it is back",
        _ => $"NVMe {command} failed: {NvmeStatus.Describe(status)}status type {(status >> 8) & 7}, code 0x{status & 0xff:x2}",
    };
}
