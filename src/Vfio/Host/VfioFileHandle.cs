using Microsoft.Win32.SafeHandles;
using Vfio.Uapi;

namespace Vfio;

/// <summary>
/// An open file of the contract: a device, a group, a container, an iommufd, an eventfd, a memfd. Its calls go through the seam that opened
/// it, and closing it does too; a call in progress keeps it open.
/// </summary>
/// <remarks>Owns its descriptor unless told otherwise. Safe to use from any thread.</remarks>
public sealed partial class VfioFileHandle : SafeHandleMinusOneIsInvalid
{
    /// <summary>Takes a descriptor.</summary>
    /// <param name="calls">Where its calls go.</param>
    /// <param name="fd">The descriptor, zero or more.</param>
    /// <param name="path">What was opened, for messages.</param>
    /// <param name="ownsHandle">Whether disposing closes the descriptor.</param>
    public VfioFileHandle(ISystemCalls calls, int fd, string path, bool ownsHandle = true)
        : base(ownsHandle)
    {
        ArgumentNullException.ThrowIfNull(calls);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentOutOfRangeException.ThrowIfNegative(fd);
        Calls = calls;
        Path = path;
        SetHandle(fd);
    }

    /// <summary>The system calls it was opened through.</summary>
    public ISystemCalls Calls { get; }

    /// <summary>What was opened, for messages: a path, or a name such as "eventfd".</summary>
    public string Path { get; }

    /// <summary>The descriptor's number, to put in a kernel struct. Valid until this is disposed; the caller keeps this alive meanwhile.</summary>
    public int Fd => (int)handle;

    /// <summary>Opens a path.</summary>
    /// <param name="calls">Where the calls go.</param>
    /// <param name="path">An absolute path.</param>
    /// <param name="flags">O_CLOEXEC is added.</param>
    /// <exception cref="VfioException">open(2) failed.</exception>
    public static VfioFileHandle Open(ISystemCalls calls, string path, OpenFlags flags)
    {
        ArgumentNullException.ThrowIfNull(calls);
        int fd = calls.Open(path, flags).ThrowIfError("open", path);
        return new VfioFileHandle(calls, fd, path);
    }

    /// <summary>ioctl with a value, or an address that nobody vouches for. Zero or more, or a negative errno.</summary>
    public int Ioctl(uint request, nuint argument)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            return Calls.Ioctl((int)handle, request, argument);
        }
        finally
        {
            if (held)
            {
                DangerousRelease();
            }
        }
    }

    /// <summary>ioctl on memory read and written in place. Zero or more, or a negative errno.</summary>
    public int Ioctl(uint request, Span<byte> argument)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            return Calls.Ioctl((int)handle, request, argument);
        }
        finally
        {
            if (held)
            {
                DangerousRelease();
            }
        }
    }

    /// <summary>read(2): bytes read, or a negative errno.</summary>
    public nint Read(Span<byte> buffer)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            return Calls.Read((int)handle, buffer);
        }
        finally
        {
            if (held)
            {
                DangerousRelease();
            }
        }
    }

    /// <summary>write(2): bytes written, or a negative errno.</summary>
    public nint Write(ReadOnlySpan<byte> buffer)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            return Calls.Write((int)handle, buffer);
        }
        finally
        {
            if (held)
            {
                DangerousRelease();
            }
        }
    }

    /// <summary>pread(2) at <paramref name="offset"/> bytes: bytes read, or a negative errno.</summary>
    public nint Pread(Span<byte> buffer, long offset)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            return Calls.Pread((int)handle, buffer, offset);
        }
        finally
        {
            if (held)
            {
                DangerousRelease();
            }
        }
    }

    /// <summary>pwrite(2) at <paramref name="offset"/> bytes: bytes written, or a negative errno.</summary>
    public nint Pwrite(ReadOnlySpan<byte> buffer, long offset)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            return Calls.Pwrite((int)handle, buffer, offset);
        }
        finally
        {
            if (held)
            {
                DangerousRelease();
            }
        }
    }

    /// <summary>mmap(2) of this file: the address, or a negative errno in -4095..-1.</summary>
    public nint Mmap(nuint length, MmapProtection protection, MmapFlags flags, long offset)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            return Calls.Mmap(length, protection, flags, (int)handle, offset);
        }
        finally
        {
            if (held)
            {
                DangerousRelease();
            }
        }
    }

    /// <summary>Keeps the descriptor open while its number stands in a kernel struct; to be disposed by a using.</summary>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    internal HeldDescriptor Hold() => new(this);

    /// <inheritdoc/>
    protected override bool ReleaseHandle() => Calls.Close((int)handle) >= 0;
}
