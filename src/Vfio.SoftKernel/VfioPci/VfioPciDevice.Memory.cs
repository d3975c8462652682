using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

// What turns the function's memory on and off: the command register, the power state, resets. Whoever has it imported loses it first.
internal sealed partial class VfioPciDevice
{
    // vdev->memory_lock, for those who change whether memory answers. A register access does not take it: a model runs under no lock of ours.
    private readonly Lock _memoryLock = new();
    private readonly Lock _dmaBufsLock = new();
    private readonly List<DmaBufFile> _dmaBufs = [];

    // vfio_config_do_rw with what follows from it in vfio_basic_config_write, vfio_pm_config_write and vfio_exp_config_write.
    private Errno WriteConfig(int offset, ReadOnlySpan<byte> source)
    {
        ConfigWriteEffects effects;
        lock (_memoryLock)
        {
            if (Config.TakesMemoryAway(offset, source))
            {
                MoveDmaBufs(revoke: true);
            }

            Errno error = Config.Write(offset, source, out effects);
            if (error != Errno.None)
            {
                return error;
            }

            if ((effects & ConfigWriteEffects.FunctionReset) != 0)
            {
                MoveDmaBufs(revoke: true);
                ResetFunction();
            }

            GiveMemoryBack();
        }

        if ((effects & (ConfigWriteEffects.IntxDisabled | ConfigWriteEffects.IntxEnabled)) != 0)
        {
            Interrupts.SetDisabledByUser((effects & ConfigWriteEffects.IntxDisabled) != 0);
        }

        return Errno.None;
    }

    // The middle of vfio_pci_ioctl_reset. Exports are taken back also where
    // pci_try_reset_function then finds the device's lock taken: by who waits for the function to be closed.
    private void ResetOpened(bool reset)
    {
        lock (_memoryLock)
        {
            MoveDmaBufs(revoke: true);
            if (reset)
            {
                ResetFunction();
            }

            GiveMemoryBack();
        }
    }

    // What vfio_pci_dev_set_hot_reset does to each function before the reset: several memory locks at once, so that none is waited for.
    private bool TryTakeMemory()
    {
        if (!_memoryLock.TryEnter())
        {
            return false;
        }

        MoveDmaBufs(revoke: true);
        return true;
    }

    // And after it.
    private void ReturnMemory()
    {
        GiveMemoryBack();
        _memoryLock.Exit();
    }

    // vfio_pci_runtime_pm_entry. Any later call wakes the function, so beside imported memory there is nothing to see but the second entry.
    private Errno EnterLowPower()
    {
        lock (_memoryLock)
        {
            MoveDmaBufs(revoke: true);
            if (_lowPower)
            {
                return Errno.EINVAL;
            }

            _lowPower = true;
            return Errno.None;
        }
    }

    // vfio_pci_runtime_pm_exit.
    private void LeaveLowPower()
    {
        lock (_memoryLock)
        {
            _lowPower = false;
            GiveMemoryBack();
        }
    }

    private void GiveMemoryBack()
    {
        if (_config is { MemoryEnabled: true })
        {
            MoveDmaBufs(revoke: false);
        }
    }

    // vfio_pci_dma_buf_move.
    private void MoveDmaBufs(bool revoke)
    {
        DmaBufFile[] all;
        lock (_dmaBufsLock)
        {
            if (_dmaBufs.Count == 0)
            {
                return;
            }

            all = [.. _dmaBufs];
        }

        foreach (DmaBufFile file in all)
        {
            file.Move(revoke);
        }
    }
}
