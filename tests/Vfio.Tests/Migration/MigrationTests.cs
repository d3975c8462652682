using Vfio.Uapi;

namespace Vfio.Tests;

public sealed class MigrationTests : IDisposable
{
    private readonly CallRecorder _calls = new();
    private readonly VfioFileHandle _file;

    public MigrationTests() => _file = _calls.File("migration");

    public void Dispose() => _file.Dispose();

    [Fact]
    public void A_pause_reads_nothing_and_is_told_from_the_end()
    {
        using MigrationStream stream = new(_file, isReader: true);
        byte[] buffer = new byte[8];
        _calls.ToRead = [1, 2, 3];
        Assert.Equal(3, stream.Read(buffer));
        _calls.ReadError = Errno.ENOMSG;
        Assert.Equal(0, stream.Read(buffer));
        Assert.True(stream.IsPaused);
        _calls.ReadError = Errno.None;
        Assert.Equal(0, stream.Read(buffer));
        Assert.False(stream.IsPaused);
    }

    [Fact]
    public void A_reader_does_not_write_and_a_writer_does_not_read()
    {
        using MigrationStream reader = new(_file, isReader: true);
        Assert.Equal((true, false, false), (reader.CanRead, reader.CanWrite, reader.CanSeek));
        using MigrationStream writer = new(_calls.File("other", CallRecorder.OwnFd + 1), isReader: false);
        Assert.Equal((false, true), (writer.CanRead, writer.CanWrite));
        writer.Write([1, 2]);
        Assert.Equal([1, 2], _calls.Written);
    }

    [Fact]
    public void What_is_left_is_asked_of_the_stream()
    {
        using MigrationStream stream = new(_file, isReader: true);
        _calls.OnIoctl = static (_, argument) =>
        {
            CallRecorder.Set(argument, new VfioPrecopyInfo { Argsz = 24, Flags = 1, InitialBytes = 10, DirtyBytes = 20 });
            return 0;
        };
        Assert.Equal(new PrecopyInfo(10, 20, true), stream.GetPrecopyInfo());
        Assert.Equal(VfioUapi.VFIO_MIG_GET_PRECOPY_INFO, _calls.Request);
    }
}
