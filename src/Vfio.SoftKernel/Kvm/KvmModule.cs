using System.Globalization;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Sysfs;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Kvm;

/// <summary>
/// KVM as far as VFIO meets it: virtual machines that have no CPU, and the device in them that is told of VFIO files and so knows whether the guest's
/// cache flushes must be real. Linux: virt/kvm/kvm_main.c and vfio.c.
/// </summary>
/// <remarks>
/// Lock order of this room: a <see cref="VirtualMachine"/>'s lock, then a <see cref="KvmVfio"/>'s, then <see cref="VfioCore.VfioGroup"/>'s. Nothing of VFIO
/// calls in here but to count a machine's users.
/// </remarks>
/// <param name="host">The system calls of the process we live in.</param>
/// <param name="tree">Where debugfs shows the machines.</param>
internal sealed class KvmModule(ISystemCalls host, SoftTree tree)
{
    private readonly Lock _lock = new();
    private readonly List<VirtualMachine> _machines = [];

    /// <summary>The system calls of the process we live in.</summary>
    public ISystemCalls Host { get; } = host;

    /// <summary>vm_list: machines that something still uses.</summary>
    public IReadOnlyList<VirtualMachine> Machines
    {
        get
        {
            lock (_lock)
            {
                return [.. _machines];
            }
        }
    }

    /// <summary>misc_open: /dev/kvm.</summary>
    /// <param name="status">What fstat says of the node.</param>
    public OpenResult Open(FileStatus status) => new KvmFile(this, status);

    /// <summary>kvm_dev_ioctl_create_vm: the new machine's descriptor, or a negative errno.</summary>
    public int CreateMachine(KernelTask task)
    {
        var machine = new VirtualMachine(this, task.Memory);
        lock (_lock)
        {
            _machines.Add(machine);
        }

        // Ours until it is shown: another thread may close the descriptor as soon as it is there.
        machine.Get();
        int fd = task.Files.Install(new VirtualMachineFile(machine));
        if (fd >= 0)
        {
            // kvm_create_vm_debugfs; what is in it is ours.
            string path = string.Create(CultureInfo.InvariantCulture, $"/sys/kernel/debug/kvm/{task.ProcessId}-{fd}");
            machine.Show(tree, path);
        }

        machine.Put();
        return fd;
    }

    /// <summary>kvm_destroy_vm.</summary>
    internal void Forget(VirtualMachine machine)
    {
        lock (_lock)
        {
            _machines.Remove(machine);
        }
    }
}
