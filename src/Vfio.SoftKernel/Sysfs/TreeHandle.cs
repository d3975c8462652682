using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Sysfs;

/// <summary>An open file or directory of the tree, with a descriptor of its own to stand for it. A negative descriptor is the errno that making it gave.</summary>
/// <param name="host">Where the descriptor comes from.</param>
/// <param name="node">What was opened; it may be taken from the tree meanwhile.</param>
internal abstract class TreeHandle(ISystemCalls host, TreeNode node) : OpenFile
{
    private int _descriptor = -1;

    /// <inheritdoc/>
    public override int HostDescriptor
    {
        get
        {
            if (_descriptor < 0)
            {
                int made = host.MemfdCreate(node.Name, MemfdFlags.None);
                if (made < 0)
                {
                    return made;
                }

                if (Interlocked.CompareExchange(ref _descriptor, made, -1) >= 0)
                {
                    host.Close(made);
                }
            }

            return _descriptor;
        }
    }

    /// <inheritdoc/>
    public override FileStatus Status { get; } = node.Status;

    /// <inheritdoc/>
    protected override void Release()
    {
        if (_descriptor >= 0)
        {
            host.Close(_descriptor);
        }
    }
}
