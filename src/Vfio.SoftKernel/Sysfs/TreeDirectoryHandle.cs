using System.Buffers.Binary;
using System.Text;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>An open directory of the tree.</summary>
/// <param name="tree">Whose lock its entries are read under.</param>
/// <param name="host">Where its descriptor comes from.</param>
/// <param name="directory">The directory.</param>
internal sealed class TreeDirectoryHandle(SoftTree tree, ISystemCalls host, TreeDirectory directory) : TreeHandle(host, directory)
{
    // d_ino, d_off, d_reclen, d_type; the name and its zero follow.
    private const int NameOffset = 19;

    /// <summary>generic_read_dir.</summary>
    public override nint Read(KernelTask task, Span<byte> buffer, ref long position) => -(int)Errno.EISDIR;

    /// <inheritdoc/>
    public override nint Getdents(KernelTask task, Span<byte> records, ref long position)
    {
        int used = 0;
        long index = 0;
        foreach ((string name, ulong inode, byte type) in tree.List(directory))
        {
            if (index++ < position)
            {
                continue;
            }

            int length = (NameOffset + Encoding.UTF8.GetByteCount(name) + 1 + 7) & ~7;
            if (length > records.Length - used)
            {
                // fs/readdir.c: the first that does not fit is EINVAL, a later one ends the call.
                return used == 0 ? -(int)Errno.EINVAL : used;
            }

            Span<byte> record = records.Slice(used, length);
            record.Clear();
            BinaryPrimitives.WriteUInt64LittleEndian(record, inode);
            BinaryPrimitives.WriteInt64LittleEndian(record[8..], index);
            BinaryPrimitives.WriteUInt16LittleEndian(record[16..], (ushort)length);
            record[18] = type;
            Encoding.UTF8.GetBytes(name, record[NameOffset..]);
            used += length;
            position = index;
        }

        return used;
    }
}
