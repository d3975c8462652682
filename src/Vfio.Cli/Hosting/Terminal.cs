using System.Text;
using Spectre.Console;
using Vfio.Cli.Rendering;

namespace Vfio.Cli.Hosting;

/// <summary>Where the command writes. Text for people goes through <see cref="Screen"/>, which knows width and colours; the rest straight to the writers.</summary>
internal sealed class Terminal : IDisposable
{
    /// <summary>The width that everything fits in when nobody says otherwise.</summary>
    public const int DefaultWidth = 80;

    /// <param name="output">Standard output. Disposed with this.</param>
    /// <param name="error">Standard error. Disposed with this.</param>
    /// <param name="colour">Whether to send escape sequences to <paramref name="output"/>.</param>
    /// <param name="width">Columns.</param>
    public Terminal(TextWriter output, TextWriter error, bool colour = false, int width = DefaultWidth)
    {
        Out = new TrailingSpaceFilter(output);
        Error = new LastResortWriter(error);
        Screen = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = colour ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(Out),
        });
        Screen.Profile.Width = width;
        // Nothing is drawn that a serial console cannot show.
        Screen.Profile.Capabilities.Unicode = false;
    }

    public TextWriter Out { get; }

    /// <summary>Writing to it never fails.</summary>
    public TextWriter Error { get; }

    public IAnsiConsole Screen { get; }

    /// <summary>Standard input, for data. Not disposed with this.</summary>
    public Stream RawInput { get; init; } = Stream.Null;

    /// <summary>Standard output, for data instead of text. Not disposed with this.</summary>
    public Stream RawOutput { get; init; } = Stream.Null;

    /// <summary>Whether a person looks at standard output.</summary>
    public bool IsInteractive { get; init; }

    /// <summary>Whether a person looks at standard error, so that a line may tell how far a long command is.</summary>
    public bool ShowsProgress { get; init; }

    /// <summary>Whether blocks and lines beyond ASCII can be shown.</summary>
    public bool IsUtf8 { get; init; }

    /// <summary>This process's streams. Output is buffered and flushed when a device or the command is done.</summary>
    /// <param name="cancellation">Ends a write that standard output does not take.</param>
    public static Terminal OfProcess(CancellationToken cancellation)
    {
        bool terminal = !Console.IsOutputRedirected;
        bool colour = terminal
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        StandardOutput output = new(VfioHost.Local.Calls, cancellation);
        return new(
            new StreamWriter(output, new UTF8Encoding(false), 8192),
            new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(false), 1024) { AutoFlush = true },
            colour,
            terminal ? WindowWidth() : DefaultWidth)
        {
            RawInput = Console.OpenStandardInput(),
            RawOutput = output,
            IsInteractive = terminal,
            ShowsProgress = !Console.IsErrorRedirected,
            IsUtf8 = SaysUtf8(Environment.GetEnvironmentVariable),
        };
    }

    /// <summary>What the locale says of characters: the first of three variables that says anything (POSIX, 8.2).</summary>
    internal static bool SaysUtf8(Func<string, string?> variable)
    {
        string? locale = ((string[])["LC_ALL", "LC_CTYPE", "LANG"]).Select(variable).FirstOrDefault(static value => !string.IsNullOrEmpty(value));
        return locale is not null && (locale.Contains("UTF-8", StringComparison.OrdinalIgnoreCase) || locale.Contains("UTF8", StringComparison.OrdinalIgnoreCase));
    }

    public void Dispose()
    {
        try
        {
            Out.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException)
        {
            // What could not be written was reported when it was flushed.
        }

        Error.Dispose();
    }

    /// <summary>Wide terminals gain room for long names; lines longer than this are hard to read.</summary>
    private static int WindowWidth()
    {
        try
        {
            return Console.WindowWidth is int width and > 0 ? Math.Clamp(width, 40, 110) : DefaultWidth;
        }
        catch (IOException)
        {
            return DefaultWidth;
        }
    }
}
