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

    /// <summary>This process's streams. Output is buffered and flushed when a device or the command is done.</summary>
    public static Terminal OfProcess()
    {
        bool terminal = !Console.IsOutputRedirected;
        bool colour = terminal
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        return new(
            new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 8192),
            new StreamWriter(Console.OpenStandardError(), new UTF8Encoding(false), 1024) { AutoFlush = true },
            colour,
            terminal ? WindowWidth() : DefaultWidth);
    }

    public void Dispose()
    {
        try
        {
            Out.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
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
