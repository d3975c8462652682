using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Sysfs;
using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>One open of a soft file, however many descriptors and processes share it.</summary>
/// <param name="id">Its name in the file space.</param>
/// <param name="inode">The host's file.</param>
/// <param name="file">The file; a reference is this object's.</param>
/// <param name="flags">What it was opened with.</param>
/// <param name="node">What was opened; null for a file that a call gave.</param>
internal sealed class SoftOpen(long id, ulong inode, OpenFile file, OpenFlags flags, MachineFile? node)
{
    private const OpenFlags AccessMask = OpenFlags.WriteOnly | OpenFlags.ReadWrite;

    private readonly Lock _lock = new();
    private bool _closed;
    private bool _isOpened;

    /// <summary>Its name in the file space.</summary>
    public long Id => id;

    /// <summary>The host's file.</summary>
    public ulong Inode => inode;

    /// <summary>The file.</summary>
    public OpenFile File => file;

    /// <summary>f_path: what was opened; null for an anonymous inode.</summary>
    public MachineFile? Node => node;

    /// <summary>Where it is mapped; null of one that does not count.</summary>
    public SoftMappings? Mappings { get; } = file.CountsMappings ? new SoftMappings(file, inode) : null;

    /// <summary>FMODE_READ.</summary>
    public bool CanRead { get; } = (flags & AccessMask) is OpenFlags.ReadOnly or OpenFlags.ReadWrite;

    /// <summary>FMODE_WRITE.</summary>
    public bool CanWrite { get; } = (flags & AccessMask) is OpenFlags.WriteOnly or OpenFlags.ReadWrite;

    /// <summary>Open descriptions the host has of it; under the closing lock.</summary>
    public int Descriptions { get; set; }

    /// <summary>It has had a descriptor: without one now it is closed.</summary>
    public bool IsOpened
    {
        get => Volatile.Read(ref _isOpened);
        set => Volatile.Write(ref _isOpened, value);
    }

    /// <summary>A reference on the file; false once it is closed.</summary>
    public bool TryGet()
    {
        lock (_lock)
        {
            if (!_closed)
            {
                file.Get();
            }

            return !_closed;
        }
    }

    /// <summary>The last descriptor is gone.</summary>
    public void Close()
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            _closed = true;
        }

        Mappings?.Clear();
        file.Put();
    }
}
