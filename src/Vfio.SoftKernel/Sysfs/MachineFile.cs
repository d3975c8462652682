using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>A file of a machine's /sys, /dev or /proc, for a transport that shows it to programs as one of the host's.</summary>
public sealed class MachineFile
{
    private readonly TreeNode _node;

    internal MachineFile(TreeNode node)
    {
        _node = node;
        Path = node.Path;
    }

    /// <summary>The node.</summary>
    internal TreeNode Node => _node;

    /// <summary>Absolute.</summary>
    public string Path { get; }

    /// <summary>What stat says of it: its type, permissions and, of a device node, numbers.</summary>
    public FileStatus Status => _node.Status;

    /// <summary>A symbolic link's text; null when it is none.</summary>
    public string? LinkTarget => (_node as TreeLink)?.Target;

    /// <summary>A device's node.</summary>
    public bool IsNode => _node is TreeDevice or TreeBlockDevice;

    /// <summary>What writing it does is the machine's to do: it has a store function.</summary>
    public bool IsControl => _node is TreeFile { CanWrite: true };

    /// <summary>S_ISREG.</summary>
    public bool IsRegular => _node is TreeFile;

    /// <summary>It is there to be mapped, and has a length but no bytes to read.</summary>
    public bool IsResource => _node is ResourceFile;

    /// <summary>Another number after every change of a file whose bytes others change without a name coming or going: configuration space. Otherwise 0.</summary>
    public long ContentVersion => (_node as ConfigFile)?.Version ?? 0;

    /// <summary>What is in it now; empty where nothing can be read.</summary>
    /// <param name="task">Who reads.</param>
    public byte[] Read(KernelTask task)
    {
        if (_node is not TreeFile { CanRead: true } file)
        {
            return [];
        }

        byte[] buffer = new byte[4096];
        int length = 0;
        while (file.Read(task, buffer.AsSpan(length), length) is > 0 and nint read)
        {
            length += (int)read;
            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, length * 2);
            }
        }

        return buffer.AsSpan(0, length).ToArray();
    }
}
