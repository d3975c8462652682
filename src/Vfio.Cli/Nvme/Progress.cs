using System.Diagnostics;
using Vfio.Cli.Hosting;

namespace Vfio.Cli.Nvme;

/// <summary>One line on standard error that is written over, where a person looks at it; gone when this is disposed.</summary>
internal sealed class Progress(Terminal terminal) : IDisposable
{
    private const int Room = 76;

    // What a terminal shows of ^C, behind the line.
    private const int Echo = 2;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private int _shown;
    private long _last;

    public void Show(string text)
    {
        if (terminal.ShowsProgress && (_shown == 0 || Stopwatch.GetElapsedTime(_last) > Interval))
        {
            string line = text.Length > Room ? text[..Room] : text;
            terminal.Error.Write("\r" + line.PadRight(_shown));
            terminal.Error.Flush();
            _shown = line.Length;
            _last = Stopwatch.GetTimestamp();
        }
    }

    public void Dispose()
    {
        if (_shown != 0)
        {
            terminal.Error.Write("\r" + new string(' ', _shown + Echo) + "\r");
            terminal.Error.Flush();
        }
    }
}
