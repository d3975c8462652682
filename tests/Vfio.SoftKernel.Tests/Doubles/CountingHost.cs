using System.Collections.Concurrent;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Doubles;

/// <summary>The host, with an account of the descriptors and mappings taken from it and not given back, and running out of them on demand.</summary>
internal sealed class CountingHost(ISystemCalls host) : ForwardingSystemCalls(host)
{
    private readonly ConcurrentDictionary<int, string> _descriptors = new();
    private readonly ConcurrentDictionary<nint, nuint> _mappings = new();
    private int _calls;
    private int _opens;

    /// <summary>Every so many calls that need a descriptor or a mapping, one fails with EMFILE; 0: none.</summary>
    public int FailEvery { get; set; }

    /// <summary>What is held.</summary>
    public IReadOnlyList<string> Held => [.. _descriptors.Select(entry => $"fd {entry.Key}: {entry.Value}"), .. _mappings.Select(entry => $"{entry.Value} bytes mapped")];

    /// <summary>How many files were opened by their paths.</summary>
    public int Opens => Volatile.Read(ref _opens);

    public override int Open(string path, OpenFlags flags) => Interlocked.Increment(ref _opens) != 0 && Fails() ? -(int)Errno.EMFILE : Took(base.Open(path, flags), path);

    public override int Close(int fd)
    {
        _descriptors.TryRemove(fd, out _);
        return base.Close(fd);
    }

    public override int Dup(int fd) => Fails() ? -(int)Errno.EMFILE : Took(base.Dup(fd), "dup");

    public override nint Mmap(nuint length, MmapProtection protection, MmapFlags flags, int fd, long offset)
    {
        nint address = Fails() ? -(int)Errno.ENOMEM : base.Mmap(length, protection, flags, fd, offset);
        if (address is >= 0 or < -4095)
        {
            _mappings[address] = length;
        }

        return address;
    }

    public override int Munmap(nint address, nuint length)
    {
        _mappings.TryRemove(address, out _);
        return base.Munmap(address, length);
    }

    public override int Eventfd(uint initial, EventfdFlags flags) => Fails() ? -(int)Errno.EMFILE : Took(base.Eventfd(initial, flags), "eventfd");

    public override int MemfdCreate(string name, MemfdFlags flags) => Fails() ? -(int)Errno.EMFILE : Took(base.MemfdCreate(name, flags), $"memfd {name}");

    public override int EpollCreate() => Took(base.EpollCreate(), "epoll");

    private bool Fails() => FailEvery != 0 && Interlocked.Increment(ref _calls) % FailEvery == 0;

    private int Took(int fd, string what)
    {
        if (fd >= 0)
        {
            _descriptors[fd] = what;
        }

        return fd;
    }
}
