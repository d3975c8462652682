using Vfio.Cli.Hosting;

namespace Vfio.Cli.Nvme;

/// <summary>A file that is made before the work that fills it, so that one that cannot be made is found out in time. What is there stays until something is written.</summary>
internal sealed class OutputFile : IDisposable
{
    private readonly string _path;
    private readonly bool _isNew;
    private readonly FileStream _file;
    private readonly CancellationToken _cancellation;
    private bool _written;

    /// <exception cref="CommandException">It cannot be made, or may not be written.</exception>
    /// <exception cref="OperationCanceledException">A signal came, while nobody opened the other end of a pipe.</exception>
    public OutputFile(string path, CancellationToken cancellation)
    {
        _path = path;
        _cancellation = cancellation;
        _isNew = !File.Exists(path);
        _file = NamedFile.Open(path, FileMode.OpenOrCreate, FileAccess.Write, cancellation);
    }

    public void Write(ReadOnlySpan<byte> data)
    {
        // Devices, which have no length, cannot be cut.
        if (!_written && _file.CanSeek && _file.Length > 0)
        {
            _file.SetLength(0);
        }

        _written = true;
        Interruptible.Write(data, part => _file.Write(part.Span), _cancellation);
    }

    public void Dispose()
    {
        _file.Dispose();
        if (_isNew && !_written)
        {
            File.Delete(_path);
        }
    }
}
