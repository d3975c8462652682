using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;

namespace Vfio.Emulator.Remote;

/// <summary>
/// Where programs have mapped a soft file that counts its mappings. munmap is not trapped: what is mapped still is looked at before the file's next
/// call, which alone can tell. Mappings that fork copies count for the process that made them.
/// </summary>
/// <param name="file">The file.</param>
/// <param name="inode">The host's.</param>
internal sealed class SoftMappings(OpenFile file, ulong inode)
{
    private readonly Lock _lock = new();
    private readonly List<(RemoteMemory Memory, ulong Offset)> _mappings = [];

    /// <summary>The file has allowed one.</summary>
    public void Add(RemoteMemory memory, ulong offset)
    {
        lock (_lock)
        {
            _mappings.Add((memory, offset));
        }
    }

    /// <summary>Tells the file which are gone.</summary>
    public void LookAgain()
    {
        lock (_lock)
        {
            for (int i = _mappings.Count - 1; i >= 0; i--)
            {
                (RemoteMemory memory, ulong offset) = _mappings[i];

                // The same page mapped three times is three.
                int before = _mappings.Take(i).Count(other => other == (memory, offset));
                if (Count(memory, offset) <= before)
                {
                    _mappings.RemoveAt(i);
                    file.MappingClosed(offset);
                }
            }
        }
    }

    /// <summary>The last are gone with the file.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _mappings.ForEach(mapping => file.MappingClosed(mapping.Offset));
            _mappings.Clear();
        }
    }

    private int Count(RemoteMemory memory, ulong offset)
    {
        int count = 0;
        for (ulong at = 0; memory.Mappings.TryFind(at, out ProcessMapping mapping); at = mapping.End)
        {
            if (mapping.File.Inode == inode && mapping.Offset <= offset && offset - mapping.Offset < mapping.End - mapping.Start)
            {
                count++;
            }
        }

        return count;
    }
}
