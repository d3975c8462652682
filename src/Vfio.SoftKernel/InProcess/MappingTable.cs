using System.Diagnostics.CodeAnalysis;
using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.InProcess;

/// <summary>
/// What the program mapped through the seam, so that a pin finds the file behind an address without asking the host. Memory that the program
/// unmaps behind the seam's back is not noticed.
/// </summary>
/// <remarks>The lock guards the table; the memory files' lock is taken under it.</remarks>
/// <param name="host">The system calls of this process.</param>
/// <param name="memfds">Where memory files become backings.</param>
internal sealed class MappingTable(ISystemCalls host, MemfdBackings memfds)
{
    private readonly Lock _lock = new();
    private readonly List<Mapping> _mappings = [];

    /// <summary>A shared mapping of <paramref name="fd"/> was made. Remembered when it is a memory file.</summary>
    public void AddFile(nint address, nuint length, MmapProtection protection, int fd, long offset)
    {
        if (host.GetSeals(fd) < 0 || host.Fstat(fd, out FileStatus status) < 0)
        {
            return;
        }

        // A descriptor of our own: the program may close its one before it pins.
        int own = host.Dup(fd);
        if (own >= 0)
        {
            Insert(new Mapping((ulong)address, length, (ulong)offset, (protection & MmapProtection.Write) != 0, new MappedFile(host, own, status), null));
        }
    }

    /// <summary>A mapping of a soft device's registers was made. It keeps the file open, as vm_area_struct.vm_file does.</summary>
    public void AddDevice(nint address, nuint length, OpenFile device, ulong offset)
    {
        device.Get();
        Insert(new Mapping((ulong)address, length, offset, true, null, device));
    }

    /// <summary>[<paramref name="address"/>, + <paramref name="length"/>) was unmapped.</summary>
    public void Remove(nint address, nuint length)
    {
        ulong first = (ulong)address;
        ulong past = first + ((length + 4095) & ~(nuint)4095);
        var devices = new List<Mapping>();
        lock (_lock)
        {
            int i = FirstPast(first);
            while (i < _mappings.Count && _mappings[i].Address < past)
            {
                Mapping mapping = _mappings[i];
                _mappings.RemoveAt(i);
                if (mapping.Address < first)
                {
                    Mapping before = mapping with { Length = first - mapping.Address };
                    before.Acquire();
                    _mappings.Insert(i++, before);
                }

                if (mapping.End > past)
                {
                    Mapping after = mapping with { Address = past, Length = mapping.End - past, Offset = mapping.Offset + (past - mapping.Address) };
                    after.Acquire();
                    _mappings.Insert(i++, after);
                }

                mapping.File?.Release();
                if (mapping.Device is not null)
                {
                    devices.Add(mapping);
                }
            }
        }

        // The last reference closes the device: not under a lock.
        foreach (Mapping gone in devices)
        {
            gone.Device!.MappingClosed(gone.Offset);
            gone.Device.Put();
        }
    }

    /// <summary>Pins what is at an address when it is a memory file: the backing comes with a reference.</summary>
    public MappingKind Pin(ulong address, ulong length, bool writable, out MemfdBacking? backing, out ulong offset)
    {
        backing = null;
        offset = 0;
        lock (_lock)
        {
            int i = FirstPast(address);
            if (i == _mappings.Count || _mappings[i].Address >= address + length)
            {
                return MappingKind.Other;
            }

            Mapping mapping = _mappings[i];
            for (int next = i; next < _mappings.Count && _mappings[next].Address < address + length; next++)
            {
                if (_mappings[next].Device is not null)
                {
                    return MappingKind.Device;
                }
            }

            MappedFile file = mapping.File!;

            if (mapping.Address > address || address + length > mapping.End || (writable && !mapping.IsWritable))
            {
                return MappingKind.Other;
            }

            offset = mapping.Offset + (address - mapping.Address);
            return file.TryPin(memfds, offset + length, writable, out backing) ? MappingKind.MemoryFile : MappingKind.Other;
        }
    }

    /// <summary>Pins what is at an address when all of it is one mapping of a soft device's registers.</summary>
    public bool TryPinRegisters(ulong address, ulong length, [NotNullWhen(true)] out DmaBacking? backing, out ulong offset)
    {
        Mapping mapping;
        backing = null;
        offset = 0;
        lock (_lock)
        {
            int i = FirstPast(address);
            if (i == _mappings.Count || _mappings[i].Device is null || _mappings[i].Address > address || address + length > _mappings[i].End)
            {
                return false;
            }

            mapping = _mappings[i];
            mapping.Device!.Get();
        }

        backing = mapping.Device.RegistersAt(mapping.Offset + (address - mapping.Address), length, out offset);
        mapping.Device.Put();
        return backing is not null;
    }

    private void Insert(Mapping mapping)
    {
        // What stood there was unmapped, through the seam or not.
        Remove((nint)mapping.Address, (nuint)mapping.Length);
        lock (_lock)
        {
            _mappings.Insert(FirstPast(mapping.Address), mapping);
        }
    }

    // The first mapping that ends after the address.
    private int FirstPast(ulong address)
    {
        int low = 0;
        int high = _mappings.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_mappings[middle].End <= address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private readonly record struct Mapping(ulong Address, ulong Length, ulong Offset, bool IsWritable, MappedFile? File, OpenFile? Device)
    {
        public ulong End => Address + Length;

        public void Acquire()
        {
            File?.Acquire();
            Device?.Get();
            Device?.MappingOpened(Offset);
        }
    }
}
