using System.Diagnostics;
using Vfio.Cli.Hosting;

namespace Vfio.Cli.Nvme;

/// <summary>One line on standard error that is written over, where a person looks at it; gone when this is disposed.</summary>
internal sealed class Progress(Terminal terminal) : IDisposable
{
    private const int Room = 79;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private bool _shown;
    private long _last;

    public void Show(string text)
    {
        if (terminal.ShowsProgress && (!_shown || Stopwatch.GetElapsedTime(_last) > Interval))
        {
            _shown = true;
            _last = Stopwatch.GetTimestamp();
            terminal.Error.Write("\r" + (text.Length > Room ? text[..Room] : text).PadRight(Room));
            terminal.Error.Flush();
        }
    }

    public void Dispose()
    {
        if (_shown)
        {
            terminal.Error.Write("\r" + new string(' ', Room) + "\r");
            terminal.Error.Flush();
        }
    }
}
