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
    /// <param name="cancellation">Ends the wait for whoever is to read a pipe.</param>
    /// <exception cref="CommandException">It cannot be made.</exception>
    public static TraceFile? Open(string? path, TextWriter error, CancellationToken cancellation) => path switch
    {
        null => null,
        StandardError => new TraceFile(error, isOurs: false),
        _ => new TraceFile(new StreamWriter(NamedFile.Open(path, FileMode.Create, FileAccess.Write, cancellation)) { AutoFlush = true }, isOurs: true),
    };

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
