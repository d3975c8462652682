using System.Collections.Concurrent;
using System.Globalization;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>
/// The host as the soft kernel of an emulated machine sees it: as it is, but the files that stand for soft ones are made in a
/// <see cref="FileSpace"/>, where their closing is noticed.
/// </summary>
/// <param name="host">The host.</param>
internal sealed class EmulatedHost(ISystemCalls host) : ForwardingSystemCalls(host)
{
    private readonly ConcurrentDictionary<int, string> _names = new();

    /// <summary>The file space: there before the first program can open anything.</summary>
    public FileSpace? Space { get; set; }

    public override int MemfdCreate(string name, MemfdFlags flags)
    {
        if (Space is null)
        {
            return -(int)Errno.ENODEV;
        }

        int made = Space.Make(out string file);
        if (made >= 0)
        {
            _names[made] = file;
        }

        return made;
    }

    public override int Close(int fd)
    {
        if (_names.TryRemove(fd, out string? name))
        {
            Space?.Remove(name);
        }

        return base.Close(fd);
    }

    /// <summary>A file of the space is open here but once: whether a program has it open as well can be told then.</summary>
    public override int Open(string path, OpenFlags flags)
    {
        const string Own = "/proc/self/fd/";
        return path.StartsWith(Own, StringComparison.Ordinal) && int.TryParse(path.AsSpan(Own.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int own)
            && _names.ContainsKey(own) ? base.Dup(own) : base.Open(path, flags);
    }
}
