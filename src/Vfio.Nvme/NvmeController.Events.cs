using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Vfio.Nvme;

/// <content>Events that the controller tells of unasked.</content>
public sealed partial class NvmeController
{
    private const int MostEvents = 64;
    private static readonly TimeSpan s_eventTick = TimeSpan.FromMilliseconds(50);

    private readonly Channel<NvmeEvent> _events = Channel.CreateBounded<NvmeEvent>(new BoundedChannelOptions(MostEvents) { FullMode = BoundedChannelFullMode.DropOldest });
    private bool _wantsEvents;
    private int _eventStatus;

    /// <summary>
    /// What the controller tells from now on (Asynchronous Event Request), as it comes, within a tenth of a second, or after the command or the reset that another thread waits for; the oldest are
    /// dropped past 64 that nobody took. Goes on after a reset. Which events it tells of is feature 0Bh's (<see cref="SetFeature"/>), which a reset clears.
    /// </summary>
    /// <param name="cancellation">Ends the wait. The request stays with the controller, and what it tells is kept for the next to ask.</param>
    /// <exception cref="NvmeException">The controller takes no such request, is gone, or did not come back from a reset.</exception>
    /// <exception cref="ObjectDisposedException">The controller was disposed.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public async IAsyncEnumerable<NvmeEvent> WatchEventsAsync([EnumeratorCancellation] CancellationToken cancellation = default)
    {
        // The admin queue is looked at, not waited for: its interrupt belongs to the commands there.
        while (true)
        {
            TakeEvents();
            while (_events.Reader.TryRead(out NvmeEvent happened))
            {
                yield return happened;
            }

            await Task.Delay(s_eventTick, cancellation).ConfigureAwait(false);
        }
    }

    private void TakeEvents()
    {
        // Who has the lock may wait for the controller, and this is a thread of the pool: there is a next time.
        if (!_lock.TryEnter())
        {
            return;
        }

        try
        {
            ThrowIfUnusable();
            _wantsEvents = true;
            RequestEvent();

            // No more than are kept: each asks for the next, and a controller may have one ready whenever it is asked.
            for (int i = 0; i < MostEvents && TakeAnswer(out _); i++)
            {
            }

            int status = _eventStatus;
            _eventStatus = 0;
            new NvmeCompletion(0, status, 0).ThrowIfFailed("Asynchronous Event Request");
            if (!IsWell(_epoch))
            {
                ThrowIfUnusable();
            }
        }
        finally
        {
            _lock.Exit();
        }
    }

    // One request at a time: the controller keeps what happens meanwhile.
    private void RequestEvent()
    {
        if (_wantsEvents && _eventTag == NoTag && _admin.TrySubmit(new NvmeCommand { Opcode = NvmeOpcode.AsynchronousEventRequest }, out ushort tag))
        {
            _eventTag = tag;
            _admin.Ring();
        }
    }

    private void TakeEvent(in NvmeCompletion completion)
    {
        if (completion.Succeeded)
        {
            _events.Writer.TryWrite(NvmeEvent.Parse(completion.Result));
            RequestEvent();
        }
        else
        {
            _eventStatus = completion.Status;
        }
    }
}
