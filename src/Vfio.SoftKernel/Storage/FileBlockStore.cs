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
    private readonly SafeFileHandle _file;

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

            // Behind its end, where there is nothing to lose. Zeros that have to be written would keep the controller busy for as long as that takes.
            if (PunchHole(length, 1) == Errno.EOPNOTSUPP)
            {
                throw new IOException("its file system does not take blocks back (fallocate); ext4, xfs, btrfs and tmpfs do");
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
        catch (Exception exception) when (IsOfTheFile(exception))
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
        catch (Exception exception) when (IsOfTheFile(exception))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public bool TryClear(ulong offset, ulong length) => length == 0 || PunchHole(offset, length) == Errno.None;

    /// <inheritdoc/>
    public bool TryFlush()
    {
        try
        {
            RandomAccess.FlushToDisk(_file);
            return true;
        }
        catch (Exception exception) when (IsOfTheFile(exception))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    // RandomAccess has a kind of exception of its own for EPERM and EACCES (a file that was sealed or made immutable) and for EFBIG.
    private static bool IsOfTheFile(Exception exception)
        => exception is IOException or ObjectDisposedException or UnauthorizedAccessException or ArgumentOutOfRangeException;

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
