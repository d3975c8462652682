using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Vfio.Hardware.Storage;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Storage;

/// <summary>
/// Blocks in a file of the host's, which takes room only where something was written. It is read and written by calls, so that a disk that is full or a file that somebody cut off is a
/// medium's error and no more; and it is ours alone (flock) while the machine runs.
/// </summary>
internal sealed partial class FileBlockStore : IBlockStore, IDisposable
{
    private const int MostZeros = 64 << 10;

    private static readonly byte[] s_zeros = new byte[MostZeros];

    private readonly SafeFileHandle _file;
    private bool _punchesNoHoles;

    /// <summary>Opens a file of this length, or makes one where there is none, or an empty one.</summary>
    /// <exception cref="IOException">It cannot be had, or is of another length.</exception>
    /// <exception cref="UnauthorizedAccessException">It is a folder, or not ours to write.</exception>
    public FileBlockStore(string path, ulong length)
    {
        Length = length;
        _file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            long found = RandomAccess.GetLength(_file);
            if (found == 0)
            {
                RandomAccess.SetLength(_file, (long)length);
                found = RandomAccess.GetLength(_file);
            }

            if (found != (long)length)
            {
                throw new IOException($"it holds {found} bytes, and size says {length}");
            }
        }
        catch (NotSupportedException exception)
        {
            _file.Dispose();
            throw new IOException("it is no file that holds bytes", exception);
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public ulong Length { get; }

    /// <inheritdoc/>
    public ReadOnlySpan<byte> MemoryAt(ulong offset, int length) => [];

    /// <inheritdoc/>
    public Span<byte> WritableMemoryAt(ulong offset, int length) => [];

    /// <inheritdoc/>
    public bool TryRead(ulong offset, Span<byte> destination)
    {
        try
        {
            while (!destination.IsEmpty)
            {
                int read = RandomAccess.Read(_file, destination, (long)offset);
                if (read <= 0)
                {
                    return false;
                }

                destination = destination[read..];
                offset += (ulong)read;
            }

            return true;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public bool TryWrite(ulong offset, ReadOnlySpan<byte> source)
    {
        try
        {
            RandomAccess.Write(_file, source, (long)offset);
            return true;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public bool TryClear(ulong offset, ulong length)
    {
        if (length == 0)
        {
            return true;
        }

        if (!_punchesNoHoles)
        {
            switch (PunchHole(offset, length))
            {
                case Errno.None:
                    return true;
                case Errno.EOPNOTSUPP:
                    _punchesNoHoles = true;
                    break;
                default:
                    return false;
            }
        }

        for (; length > 0; length -= Math.Min(length, MostZeros), offset += MostZeros)
        {
            if (!TryWrite(offset, s_zeros.AsSpan(0, (int)Math.Min(length, MostZeros))))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public bool TryFlush()
    {
        try
        {
            RandomAccess.FlushToDisk(_file);
            return true;
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private Errno PunchHole(ulong offset, ulong length)
    {
        const int KeepSize = 1;
        const int Punch = 2;
        try
        {
            return FallocateNative(_file, KeepSize | Punch, (long)offset, (long)length) == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        }
        catch (ObjectDisposedException)
        {
            return Errno.EBADF;
        }
    }

    [LibraryImport("libc", EntryPoint = "fallocate64", SetLastError = true)]
    private static partial int FallocateNative(SafeFileHandle file, int mode, long offset, long length);
}
