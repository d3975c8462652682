using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Sysfs;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>
/// Which of this process's descriptors are soft files. Every one is a real descriptor of the host, a duplicate of the file's own, so its
/// number can be nobody else's until it is closed here.
/// </summary>
/// <remarks>The lock guards the table and is a leaf; a file is released outside it.</remarks>
/// <param name="host">The system calls of this process.</param>
/// <param name="memfds">Where memory files become backings.</param>
internal sealed class FileTable(ISystemCalls host, MemfdBackings memfds) : IFileTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, SoftDescriptor> _descriptors = [];
    private readonly PinnableFiles _pinnable = new(host, memfds);

    /// <summary>What is open: one line a descriptor.</summary>
    public IReadOnlyList<string> Open
    {
        get
        {
            lock (_lock)
            {
                return [.. _descriptors.OrderBy(entry => entry.Key)
                    .Select(entry => string.Create(CultureInfo.InvariantCulture, $"fd {entry.Key}: {entry.Value.File.GetType().Name}"))];
            }
        }
    }

    /// <summary>The soft file behind <paramref name="fd"/>, with a reference taken; false when it is none of ours.</summary>
    public bool TryGet(int fd, [NotNullWhen(true)] out SoftDescriptor? descriptor)
    {
        lock (_lock)
        {
            if (!_descriptors.TryGetValue(fd, out descriptor) || !descriptor.IsPublished)
            {
                return false;
            }

            descriptor.File.Get();
            return true;
        }
    }

    /// <inheritdoc/>
    public OpenFile? Get(int fd) => TryGet(fd, out SoftDescriptor? descriptor) ? descriptor.File : null;

    /// <inheritdoc/>
    public int TakeHostDescriptor(int fd) => fd < 0 ? -(int)Errno.EBADF : host.Dup(fd);

    /// <inheritdoc/>
    public int Reserve(OpenFile file, OpenFlags flags = OpenFlags.ReadWrite) => Add(file, flags, published: false);

    /// <inheritdoc/>
    public void Publish(int fd)
    {
        lock (_lock)
        {
            _descriptors[fd].IsPublished = true;
        }
    }

    /// <inheritdoc/>
    public int Install(OpenFile file, OpenFlags flags = OpenFlags.ReadWrite) => Add(file, flags, published: true);

    /// <summary>As the other, of a file that was opened as a node of the tree.</summary>
    public int Install(OpenFile file, OpenFlags flags, TreeNode? node) => Add(file, flags, published: true, node);

    /// <summary>
    /// dup: <paramref name="descriptor"/>, whose reference passes to the table, gets another number. It is made of the file's own descriptor: the
    /// number it was looked up by may be closed by now, and another file's.
    /// </summary>
    public int Duplicate(SoftDescriptor descriptor)
    {
        int copy = host.Dup(descriptor.File.HostDescriptor);
        if (copy < 0)
        {
            descriptor.File.Put();
            return copy;
        }

        Add(copy, descriptor);
        return copy;
    }

    /// <summary>close. False when <paramref name="fd"/> is none of ours. A call that runs on the file keeps it until it returns.</summary>
    public bool TryClose(int fd, out int result)
    {
        SoftDescriptor? descriptor;
        lock (_lock)
        {
            if (!_descriptors.TryGetValue(fd, out descriptor))
            {
                result = 0;
                return false;
            }

            if (!descriptor.IsPublished)
            {
                result = -(int)Errno.EBADF;
                return true;
            }

            _descriptors.Remove(fd);
        }

        result = Close(fd, descriptor);
        return true;
    }

    /// <inheritdoc/>
    public void Withdraw(int fd)
    {
        SoftDescriptor? descriptor;
        lock (_lock)
        {
            _descriptors.Remove(fd, out descriptor);
        }

        Close(fd, descriptor!);
    }

    /// <inheritdoc/>
    public Errno HoldForPinning(int fd, out PinnableFile? file) => _pinnable.Hold(fd, IsSoft(fd), out file);

    // Out of the table already: once the host has closed it the number can come back as another file's.
    private int Close(int fd, SoftDescriptor descriptor)
    {
        int result = host.Close(fd);
        descriptor.File.Put();
        return result;
    }

    private bool IsSoft(int fd)
    {
        lock (_lock)
        {
            return _descriptors.ContainsKey(fd);
        }
    }

    private int Add(OpenFile file, OpenFlags flags, bool published, TreeNode? node = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        int own = file.HostDescriptor;
        int fd = own < 0 ? own : host.Dup(own);
        if (fd < 0)
        {
            file.Put();
            return fd;
        }

        Add(fd, new SoftDescriptor(file, flags, node) { IsPublished = published });
        return fd;
    }

    private void Add(int fd, SoftDescriptor descriptor)
    {
        lock (_lock)
        {
            _descriptors[fd] = descriptor;
        }
    }
}
