using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>The memory files that are mapped for devices: one mapping a file, however many areas use it, until the last lets go.</summary>
/// <remarks>The lock is a leaf, held over the mmap that makes a mapping.</remarks>
/// <param name="host">The system calls of this process.</param>
public sealed class MemfdBackings(ISystemCalls host)
{
    private const ulong PageMask = 4095;

    private readonly Lock _lock = new();
    private readonly Dictionary<(uint, uint, ulong), MemfdBacking> _byFile = [];

    /// <summary>How many files are mapped.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _byFile.Count;
            }
        }
    }

    /// <summary>
    /// The file behind <paramref name="descriptor"/> as a backing with a reference taken; false when it is to be reached in another way: it is not
    /// sealed against shrinking, or cannot be mapped as asked. Of huge pages it is taken without a seal, for it is not dereferenced.
    /// </summary>
    /// <param name="descriptor">A memory file.</param>
    /// <param name="status">What fstat says of it.</param>
    /// <param name="end">The backing must reach this far.</param>
    /// <param name="writable">The device may write.</param>
    /// <param name="backing">The backing.</param>
    public bool TryGet(int descriptor, in FileStatus status, ulong end, bool writable, [NotNullWhen(true)] out MemfdBacking? backing)
    {
        (uint, uint, ulong) key = (status.DeviceMajor, status.DeviceMinor, status.Inode);
        lock (_lock)
        {
            if (_byFile.TryGetValue(key, out backing) && backing.Length >= end && (!writable || backing.IsWritable) && backing.TryAcquire())
            {
                return true;
            }

            backing = null;
            int seals = host.GetSeals(descriptor);
            if (seals < 0 || host.Fstat(descriptor, out FileStatus now) < 0 || now.Size > long.MaxValue
                || (((FileSeals)seals & FileSeals.Shrink) == 0 && now.BlockSize <= PageMask + 1))
            {
                return false;
            }

            // The last page is there whole, whatever the size.
            ulong length = (now.Size + PageMask) & ~PageMask;
            if (length < end)
            {
                return false;
            }

            nint address = MapWritable(descriptor, (nuint)length);
            bool isWritable = IsAddress(address);
            if (!isWritable && !writable)
            {
                address = host.Mmap((nuint)length, MmapProtection.Read, MmapFlags.Shared, descriptor, 0);
            }

            if (!IsAddress(address))
            {
                return false;
            }

            backing = new MemfdBacking(this, key, host, address, length, now.BlockSize, isWritable);
            _byFile[key] = backing;
            return true;
        }
    }

    /// <summary>A file that is mapped already, with a reference taken: while it is, its number is nobody else's.</summary>
    /// <param name="key">Which file: device and inode.</param>
    /// <param name="end">The backing must reach this far.</param>
    /// <param name="writable">The device may write.</param>
    /// <param name="backing">The backing.</param>
    public bool TryGetKnown((uint, uint, ulong) key, ulong end, bool writable, [NotNullWhen(true)] out MemfdBacking? backing)
    {
        lock (_lock)
        {
            if (_byFile.TryGetValue(key, out backing) && backing.Length >= end && (!writable || backing.IsWritable) && backing.TryAcquire())
            {
                return true;
            }

            backing = null;
            return false;
        }
    }

    /// <summary>The last reference to <paramref name="backing"/> is gone.</summary>
    public void Forget(MemfdBacking backing)
    {
        lock (_lock)
        {
            if (_byFile.TryGetValue(backing.Key, out MemfdBacking? current) && current == backing)
            {
                _byFile.Remove(backing.Key);
            }
        }
    }

    // A pin of MAP_FILE needs no writable descriptor; the file's own permissions decide.
    private nint MapWritable(int descriptor, nuint length)
    {
        nint address = host.Mmap(length, MmapProtection.Read | MmapProtection.Write, MmapFlags.Shared, descriptor, 0);
        if (address != -(int)Errno.EACCES)
        {
            return address;
        }

        int again = host.Open(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}"), OpenFlags.ReadWrite);
        if (again < 0)
        {
            return again;
        }

        address = host.Mmap(length, MmapProtection.Read | MmapProtection.Write, MmapFlags.Shared, again, 0);
        host.Close(again);
        return address;
    }

    private static bool IsAddress(nint result) => result is >= 0 or < -4095;
}
