using System.Buffers.Binary;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

internal sealed partial class VfioPciDevice
{
    private const int MostIoeventfds = 1000;

    private readonly Lock _ioeventfdLock = new();
    private readonly Dictionary<(ulong Offset, ulong Data, uint Size), EventWatcher> _ioeventfds = [];

    // vfio_pci_ioctl_ioeventfd and vfio_pci_ioeventfd: a store to a BAR each time an eventfd is signalled.
    private Errno SetIoeventfd(KernelTask task, UserArgument argument)
    {
        var set = default(VfioDeviceIoeventfd);
        const int Smallest = 28;
        if (argument.CopyIn(0, StructBytes.AsBytes(ref set)[..Smallest]) is not Errno.None and Errno fault)
        {
            return fault;
        }

        uint size = set.Flags & VfioUapi.VFIO_DEVICE_IOEVENTFD_SIZE_MASK;
        if (set.Argsz < Smallest || (set.Flags & ~VfioUapi.VFIO_DEVICE_IOEVENTFD_SIZE_MASK) != 0 || !uint.IsPow2(size) || set.Fd < -1)
        {
            return Errno.EINVAL;
        }

        (uint bar, ulong offset) = Split(set.Offset);
        // x86 has no 64-bit store of this kind; the MSI-X table is not to be reached around its guard.
        if (bar > VfioUapi.VFIO_PCI_BAR5_REGION_INDEX || offset + size > Model.BarSize((int)bar) || size == VfioUapi.VFIO_DEVICE_IOEVENTFD_64
            || ((int)bar == _msixBar && offset + size > _msixStart && offset < _msixEnd))
        {
            return Errno.EINVAL;
        }

        lock (_ioeventfdLock)
        {
            (ulong Offset, ulong Data, uint Size) key = (set.Offset, set.Data, size);
            if (_ioeventfds.TryGetValue(key, out EventWatcher? known))
            {
                if (set.Fd >= 0)
                {
                    return Errno.EEXIST;
                }

                known.Stop();
                _ioeventfds.Remove(key);
                return Errno.None;
            }

            if (set.Fd < 0)
            {
                return Errno.ENODEV;
            }

            if (_ioeventfds.Count >= MostIoeventfds)
            {
                return Errno.ENOSPC;
            }

            Errno error = EventTrigger.Take(Host, task, set.Fd, out EventTrigger? trigger);
            if (trigger is null)
            {
                return error;
            }

            ulong data = set.Data;
            EventWatcher? watcher = Core.Module.Events.Watch(trigger, () => Store((int)bar, offset, data, (int)size));
            if (watcher is null)
            {
                return Errno.EMFILE;
            }

            _ioeventfds.Add(key, watcher);
            return Errno.None;
        }
    }

    private void Store(int bar, ulong offset, ulong data, int size)
    {
        if (_config is { } config && (config.MemoryEnabled || Model.Bar(bar).Kind == Hardware.Pci.PciBarKind.Io))
        {
            Span<byte> bytes = stackalloc byte[8];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, data);
            WriteBar(bar, offset, bytes[..size]);
        }
    }

    private void StopIoeventfds()
    {
        lock (_ioeventfdLock)
        {
            foreach (EventWatcher watcher in _ioeventfds.Values)
            {
                watcher.Stop();
            }

            _ioeventfds.Clear();
        }
    }
}
