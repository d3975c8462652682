namespace Vfio.Nvme;

/// <summary>Commands: of the admin queue (Base specification 1.4, section 5) and of the NVM command set (section 6).</summary>
internal static class NvmeOpcode
{
    public const byte DeleteSubmissionQueue = 0x00;
    public const byte CreateSubmissionQueue = 0x01;
    public const byte GetLogPage = 0x02;
    public const byte DeleteCompletionQueue = 0x04;
    public const byte CreateCompletionQueue = 0x05;
    public const byte Identify = 0x06;
    public const byte Abort = 0x08;
    public const byte SetFeatures = 0x09;
    public const byte GetFeatures = 0x0a;
    public const byte AsynchronousEventRequest = 0x0c;

    public const byte Flush = 0x00;
    public const byte Write = 0x01;
    public const byte Read = 0x02;
    public const byte WriteZeroes = 0x08;
    public const byte DatasetManagement = 0x09;

    /// <summary>A command of the NVM command set, as a person calls it.</summary>
    public static string NameOf(byte opcode) => opcode switch
    {
        Flush => "Flush",
        Write => "Write",
        Read => "Read",
        WriteZeroes => "Write Zeroes",
        _ => "Dataset Management",
    };
}
