namespace Vfio.Cli.Hosting;

/// <summary>What a command itself finds wrong, neither kernel nor device: in words for the person who typed it.</summary>
/// <param name="exitCode">An <see cref="ExitCode"/>.</param>
/// <param name="message">What is wrong, and what to do.</param>
internal sealed class CommandException(int exitCode, string message) : Exception(message)
{
    public int ExitCode => exitCode;
}
