using Vfio.Emulator;

namespace Vfio.Cli.Hosting;

/// <summary>Where a trace goes. Each line is there when its call is over: who is ended by force has a trace too.</summary>
internal sealed class TraceFile : IDisposable
{
    private const string StandardError = "-";

    private readonly bool _isOurs;

    private TraceFile(TextWriter writer, bool isOurs) => (Writer, _isOurs) = (writer, isOurs);

    public TextWriter Writer { get; }

    /// <param name="path">A path, or - for standard error; null for none.</param>
    /// <param name="error">Standard error.</param>
    /// <exception cref="EmulationException">It cannot be made.</exception>
    public static TraceFile? Open(string? path, TextWriter error)
    {
        try
        {
            return path switch
            {
                null => null,
                StandardError => new TraceFile(error, isOurs: false),
                _ => new TraceFile(new StreamWriter(path) { AutoFlush = true }, isOurs: true),
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new EmulationException($"the trace cannot be written: {exception.Message}");
        }
    }

    public void Dispose()
    {
        try
        {
            if (_isOurs)
            {
                Writer.Dispose();
            }
        }
        catch (IOException)
        {
            // What could not be written was told when it was.
        }
    }
}
