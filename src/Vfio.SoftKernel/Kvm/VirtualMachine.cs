using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Sysfs;

namespace Vfio.SoftKernel.Kvm;

/// <summary>
/// A virtual machine without CPUs or memory: what is left is who uses it, the one VFIO device in it and whether DMA that bypasses the caches may reach it. Linux:
/// struct kvm.
/// </summary>
/// <param name="module">KVM.</param>
/// <param name="creator">kvm->mm: only the process that made it may call it.</param>
internal sealed class VirtualMachine(KvmModule module, UserMemory creator)
{
    private SoftTree? _tree;
    private string _path = "";
    private int _users = 1;
    private int _nonCoherentDevices;

    /// <summary>KVM.</summary>
    public KvmModule Module { get; } = module;

    /// <summary>kvm->lock: guards <see cref="VfioDevice"/>.</summary>
    public Lock Lock { get; } = new();

    /// <summary>The VFIO device of its devices list; null: none. Under <see cref="Lock"/>.</summary>
    public KvmVfio? VfioDevice { get; set; }

    /// <summary>kvm_arch_has_noncoherent_dma: a guest's WBINVD must flush the real caches. Nothing but the VFIO device ever says so here.</summary>
    public bool HasNonCoherentDma => Volatile.Read(ref _nonCoherentDevices) != 0;

    /// <summary>users_count.</summary>
    public int Users => Volatile.Read(ref _users);

    /// <summary>May <paramref name="task"/> call it? EIO if not.</summary>
    public bool IsOf(KernelTask task) => task.Memory == creator;

    /// <summary>kvm_get_kvm: by one who holds a user already.</summary>
    public void Get()
    {
        if (!TryGet())
        {
            throw new InvalidOperationException("A virtual machine was used after its last user left.");
        }
    }

    /// <summary>kvm_get_kvm_safe: false when the last user has left.</summary>
    public bool TryGet()
    {
        int users = Volatile.Read(ref _users);
        while (users != 0)
        {
            int found = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (found == users)
            {
                return true;
            }

            users = found;
        }

        return false;
    }

    /// <summary>kvm_put_kvm: the last destroys it.</summary>
    public void Put()
    {
        int left = Interlocked.Decrement(ref _users);
        if (left == 0)
        {
            _tree?.Remove(_path);
            Module.Forget(this);
        }
        else if (left < 0)
        {
            throw new InvalidOperationException("A virtual machine was put once too often.");
        }
    }

    /// <summary>kvm_arch_register_noncoherent_dma.</summary>
    public void RegisterNonCoherentDma() => Interlocked.Increment(ref _nonCoherentDevices);

    /// <summary>kvm_arch_unregister_noncoherent_dma.</summary>
    public void UnregisterNonCoherentDma() => Interlocked.Decrement(ref _nonCoherentDevices);

    /// <summary>
    /// Shows <see cref="HasNonCoherentDma"/> in debugfs until the machine is destroyed; not where a machine is shown that outlives the descriptor it was named after
    /// (kvm_create_vm_debugfs).
    /// </summary>
    internal void Show(SoftTree tree, string path)
    {
        if (tree.TryAddText($"{path}/noncoherent_dma", 0x124, () => HasNonCoherentDma ? "1\n" : "0\n"))
        {
            _path = path;
            _tree = tree;
        }
    }
}
