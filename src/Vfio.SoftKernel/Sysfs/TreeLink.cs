using System.Text;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>A symbolic link.</summary>
/// <param name="fileSystem">Where it is.</param>
/// <param name="target">Its text.</param>
internal sealed class TreeLink(TreeFileSystem fileSystem, string target) : TreeNode(fileSystem, 0x1FF)
{
    /// <summary>Its text: relative to the directory it is in, or absolute.</summary>
    public string Target { get; } = target;

    /// <inheritdoc/>
    public override ushort Type => 0xA000;

    /// <inheritdoc/>
    public override ulong Size => (ulong)Encoding.UTF8.GetByteCount(Target);

    /// <summary>The text of a link in <paramref name="directory"/> that leads to <paramref name="target"/>, both absolute. Linux: sysfs_create_link always makes relative ones.</summary>
    public static string Relative(string directory, string target)
    {
        string[] from = directory.Split('/', StringSplitOptions.RemoveEmptyEntries);
        string[] to = target.Split('/', StringSplitOptions.RemoveEmptyEntries);
        int common = 0;
        while (common < from.Length && common < to.Length - 1 && from[common] == to[common])
        {
            common++;
        }

        return string.Join('/', Enumerable.Repeat("..", from.Length - common).Concat(to.Skip(common)));
    }
}
