namespace Vfio.Nvme;

/// <summary>What kind of failure an <see cref="NvmeException"/> tells of, and so what to do about it.</summary>
public enum NvmeFailure
{
    /// <summary>The function is no controller this driver can use, or answered what no controller may. Another try answers the same.</summary>
    Unusable,

    /// <summary>The controller answered a command with an error: <see cref="NvmeException.Status"/> says which. It goes on working.</summary>
    Command,

    /// <summary>A command was not answered in time. The controller was reset, or could not be; the next command tells.</summary>
    Timeout,

    /// <summary>The controller was reset while the command was under way: whether it was done is not known. It works again: repeat the command.</summary>
    AbortedByReset,

    /// <summary>The controller reported that it cannot go on (CSTS.CFS), or did not come back from a reset. <see cref="NvmeController.Reset(CancellationToken)"/> may help, then a power cycle.</summary>
    Fatal,

    /// <summary>Nothing answers at its registers: it was unplugged, or lost its power. Dispose the controller and the device, and open it again once it is back.</summary>
    Gone,
}
