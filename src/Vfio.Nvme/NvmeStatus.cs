namespace Vfio.Nvme;

/// <summary>Status fields of completions (Base specification 1.4, 4.6.1.2): code in bits 7:0, type in bits 10:8.</summary>
internal static class NvmeStatus
{
    /// <summary>Memory could not be reached.</summary>
    public const int DataTransferError = 0x004;

    /// <summary>The controller did as an Abort asked.</summary>
    public const int AbortRequested = 0x007;

    /// <summary>There is no such queue.</summary>
    public const int InvalidQueueId = 0x101;

    /// <summary>Host Pathing Error: no controller posts it; it ends what was under way at one that is gone.</summary>
    public const int Gone = 0x370;

    /// <summary>Command Aborted By Host: no controller posts it; it ends what was under way at one that was reset.</summary>
    public const int AbortedByReset = 0x371;

    /// <summary>In words, with a comma behind them; empty for what is rare.</summary>
    public static string Describe(int status) => status switch
    {
        0x001 => "it does not know the command, ",
        0x002 => "a field of the command is invalid, ",
        DataTransferError => "the data did not get through (memory not mapped for the device?), ",
        0x006 => "internal error, ",
        AbortRequested => "it took too long and was aborted, ",
        0x008 => "its queue was deleted, ",
        0x00b => "no such namespace, ",
        0x013 => "the data's address is misaligned, ",
        0x080 => "the blocks are not in the namespace, ",
        0x081 => "the namespace is full, ",
        0x082 => "the namespace is not ready, ",
        0x280 => "the medium did not take the data, ",
        0x281 => "the data cannot be read back from the medium, ",
        0x286 => "access denied, ",
        _ => "",
    };
}
