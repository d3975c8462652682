using System.Diagnostics;
using System.Text;
using Vfio.Emulator.Notify;
using Vfio.Emulator.Remote;
using Vfio.Uapi;

namespace Vfio.Emulator.Tracing;

/// <summary>Writes down each call that the soft kernel answers. The lock keeps lines whole; they stand in the order the calls ended.</summary>
/// <param name="lines">For people; null: not for them.</param>
/// <param name="json">For machines; null: not for them.</param>
/// <param name="complain">Told when one of them can be written no further.</param>
internal sealed class Tracer(TextWriter? lines, TextWriter? json, Action<string> complain)
{
    private readonly Lock _lock = new();
    private readonly long _start = Stopwatch.GetTimestamp();
    private TextWriter? _lines = lines;
    private TextWriter? _json = json;

    /// <summary>Something could not be written: what there is is not all.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>A call on an open file begins.</summary>
    public CallTrace Begin(in Notification call, RemoteProcess process, SoftOpen open) => new(this, call, process, open);

    /// <summary>An open was answered.</summary>
    public void Opened(in Notification call, RemoteProcess process, string path, int flags, long begun, long result)
        => Answered(call, process, "open", path, new TracedArgument("flags", (uint)flags) { Symbol = CallTrace.OpenFlags(flags) }, begun, result);

    /// <summary>What was written to a control file was answered.</summary>
    public void Wrote(in Notification call, RemoteProcess process, string path, long begun, long result)
    {
        byte[] data = new byte[(int)Math.Min(call.Arguments[2], SeccompFilter.LongestControlWrite)];
        TracedArgument written = call.Number == SystemCall.Writev || process.Memory.CopyIn(call.Arguments[1], data) != Errno.None
            ? new TracedArgument("count", call.Arguments[2]) : new TracedArgument("data", 0) { Text = Encoding.UTF8.GetString(data) };
        Answered(call, process, CallTrace.NameOf(call.Number), path, written, begun, result);
    }

    /// <summary>A call by a path was answered.</summary>
    /// <param name="call">The call.</param>
    /// <param name="process">Whose.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="path">The machine's path.</param>
    /// <param name="argument">What it was asked beside.</param>
    /// <param name="begun">When it began.</param>
    /// <param name="result">Its result.</param>
    private void Answered(in Notification call, RemoteProcess process, string name, string path, TracedArgument argument, long begun, long result) => Write(new TracedCall
    {
        At = At(begun),
        Process = process.Id,
        Thread = call.ThreadId,
        Name = name,
        Before = [new TracedArgument("path", 0) { Text = path }, argument],
        Result = result,
        Duration = Stopwatch.GetElapsedTime(begun),
    });

    /// <summary>When a moment was, from the start of the run.</summary>
    public TimeSpan At(long moment) => Stopwatch.GetElapsedTime(_start, moment);

    /// <summary>Writes a call down.</summary>
    public void Write(TracedCall call)
    {
        string? line = _lines is null ? null : TraceLine.Of(call);
        string? record = _json is null ? null : TraceJson.Of(call);
        lock (_lock)
        {
            Write(ref _lines, line);
            Write(ref _json, record);
        }
    }

    // The program goes on without a trace of it: what failed is told once.
    private void Write(ref TextWriter? writer, string? text)
    {
        if (writer is null || text is null)
        {
            return;
        }

        try
        {
            writer.WriteLine(text);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            writer = null;
            HasFailed = true;
            complain($"the trace could not be written further: {exception.Message}");
        }
    }
}
