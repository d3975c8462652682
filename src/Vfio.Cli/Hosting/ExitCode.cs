namespace Vfio.Cli.Hosting;

/// <summary>What the command's exit status says. 128 + n: ended by signal n with every device handed back.</summary>
internal static class ExitCode
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int Usage = 2;
    public const int Refused = 3;
    public const int Interrupted = 130;

    /// <summary>Nobody reads the output any more; that is SIGPIPE to others, which .NET ignores.</summary>
    public const int NoReader = 141;
    public const int Terminated = 143;
}
