namespace Vfio.SoftKernel.Sysfs;

/// <summary>A directory. Read and changed under the tree's lock.</summary>
/// <param name="fileSystem">Where it is.</param>
/// <param name="permissions">0755 unless told otherwise.</param>
internal sealed class TreeDirectory(TreeFileSystem fileSystem, ushort permissions = 0x1ED) : TreeNode(fileSystem, permissions)
{
    /// <summary>S_IFDIR.</summary>
    public const ushort DirectoryType = 0x4000;

    private readonly SortedDictionary<string, TreeNode> _entries = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public override ushort Type => DirectoryType;

    /// <summary>What is in it, in ordinal order.</summary>
    public IReadOnlyCollection<TreeNode> Entries => _entries.Values;

    /// <summary>The entry called <paramref name="name"/>, or null.</summary>
    public TreeNode? Find(string name) => _entries.GetValueOrDefault(name);

    /// <summary>Adds an entry; false when the name is taken.</summary>
    public bool TryAdd(string name, TreeNode node)
    {
        if (!_entries.TryAdd(name, node))
        {
            return false;
        }

        node.Attach(this, name);
        return true;
    }

    /// <summary>Takes an entry away with everything in it; open files stay open.</summary>
    public bool Remove(string name)
    {
        if (!_entries.Remove(name, out TreeNode? node))
        {
            return false;
        }

        node.Detach();
        return true;
    }
}
