using System.Net.Sockets;
using Vfio.Emulator.Remote;
using Vfio.Uapi;

namespace Vfio.Emulator.Tests.Remote;

/// <summary>A file that has more to read than a socket holds.</summary>
public sealed class StreamFilesTests : IDisposable
{
    private readonly ISystemCalls _host = VfioHost.Local.Calls;
    private readonly StreamFiles _streams;
    private readonly EndlessFile _file;
    private readonly Socket _program;
    private int _changes;

    public StreamFilesTests()
    {
        _streams = new StreamFiles(_host, task: null!) { Changed = () => _changes++ };
        _file = new EndlessFile(_host);
        _program = new Socket(new SafeSocketHandle(_streams.Add(_file, OpenFlags.ReadOnly), ownsHandle: true));
        _changes = 0;
    }

    [Fact]
    public void Whoever_waits_is_told_that_room_is_awaited_from_now_on_and_told_once()
    {
        Assert.Equal(PollEvents.In, Awaited[0].Events);
        _streams.Pump();
        Assert.Equal(1, _changes);
        Assert.Equal(PollEvents.In | PollEvents.Out, Awaited[0].Events);
        Assert.Equal(-1, Awaited[1].Fd);

        _streams.Pump();
        Assert.Equal(1, _changes);
    }

    [Fact]
    public void A_program_that_reads_no_more_is_not_waited_for()
    {
        _streams.Pump();
        _program.Shutdown(SocketShutdown.Receive);
        _streams.Pump();

        Span<PollFd> awaited = Awaited;
        Assert.Equal(0, _host.Poll(awaited, 0));
        Assert.False(_file.IsReleased);
    }

    [Fact]
    public void The_last_close_releases_the_file()
    {
        _program.Dispose();
        _streams.Pump();
        Assert.True(_file.IsReleased);
        Assert.Empty(Awaited);
    }

    public void Dispose()
    {
        _program.Dispose();
        _streams.Pump();
    }

    private PollFd[] Awaited
    {
        get
        {
            List<PollFd> awaited = [];
            _streams.AddAwaited(awaited);
            return [.. awaited];
        }
    }
}
