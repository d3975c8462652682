namespace Vfio.Cli.Hosting;

/// <summary>Files that are named on the command line.</summary>
internal static class NamedFile
{
    /// <summary>Opens one without a buffer: what is written is written, and a full disk is told of by the write.</summary>
    /// <exception cref="CommandException">It cannot be opened, for the reason that is told with its name.</exception>
    /// <exception cref="OperationCanceledException">A signal came, while nobody opened the other end of a pipe.</exception>
    public static FileStream Open(string path, FileMode mode, FileAccess access, CancellationToken cancellation)
    {
        string done = access == FileAccess.Read ? "read" : "written";
        try
        {
            return path.Length == 0 ? throw new CommandException(ExitCode.Usage, $"'' is no file that can be {done}: name one.")
                // To .NET that is "access denied", which sends people to look at permissions.
                : Directory.Exists(path) ? throw new IOException("it is a directory")
                : Interruptible.Wait(() => new FileStream(path, mode, access, FileShare.Read, bufferSize: 0), cancellation);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Failed, $"{path} cannot be {done}: {e.Message}");
        }
    }
}
