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
    private readonly List<Mapping> _mappings = [];

    /// <summary>The file has allowed one, which the host makes when the call is answered.</summary>
    public void Add(RemoteMemory memory, ulong offset, int thread)
    {
        lock (_lock)
        {
            _mappings.Add(new Mapping(memory, offset, thread));
        }
    }

    /// <summary>Tells the file which are gone.</summary>
    /// <param name="thread">Who calls, and is in no mmap.</param>
    public void LookAgain(int thread)
    {
        lock (_lock)
        {
            for (int i = _mappings.Count - 1; i >= 0; i--)
            {
                Mapping mapping = _mappings[i];

                // The same page mapped three times is three.
                int before = _mappings.Take(i).Count(other => (other.Memory, other.Offset) == (mapping.Memory, mapping.Offset));
                if (Count(mapping.Memory, mapping.Offset) > before)
                {
                    mapping.IsSeen = true;
                }
                else if (mapping.IsSeen || mapping.Thread == thread)
                {
                    _mappings.RemoveAt(i);
                    file.MappingClosed(mapping.Offset);
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

    private sealed class Mapping(RemoteMemory memory, ulong offset, int thread)
    {
        public RemoteMemory Memory => memory;

        public ulong Offset => offset;

        // Who maps it: until it calls again, what is not there may come yet.
        public int Thread => thread;

        public bool IsSeen { get; set; }
    }
}
