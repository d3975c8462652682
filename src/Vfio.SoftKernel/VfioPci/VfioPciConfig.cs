using System.Buffers.Binary;
using Vfio.Hardware.Pci;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>
/// Configuration space as the user of a function sees it: some bits are the function's, some are kept here for the user to see and write,
/// and some he may not write. Linux: drivers/vfio/pci/vfio_pci_config.c.
/// </summary>
/// <remarks>
/// Two masks a byte say which: where <c>virtual</c> is set, reads and writes go to the copy here; where <c>writable</c> is clear, writes are
/// lost. Registers outside every capability are the function's own and written as they come.
/// </remarks>
internal sealed class VfioPciConfig
{
    // pci_config_map: 0 the header, 1-0xfe a capability, 0xff outside of all. Extended capabilities may have the same ids.
    private const byte Unassigned = 0xff;
    private const int VendorCapability = PciRegisters.CapabilityVendor;
    private const ushort ExtendedVendor = 0x0b;
    private const ushort ExtendedDesignatedVendor = 0x23;

    private readonly Lock _lock = new();
    private readonly PciModel _model;
    private readonly byte[] _copy;
    private readonly byte[] _map;
    private readonly byte[] _virtual;
    private readonly byte[] _writable;
    private readonly byte[] _kept = new byte[PciRegisters.HeaderSize];
    private int _msi;
    private int _power;
    private int _express;
    private int _msiQueueMax;
    private readonly bool _isVirtual;

    /// <summary>vfio_config_init, as the function is opened.</summary>
    /// <param name="model">The function.</param>
    /// <param name="virtualIds">Of a virtual function, what its own registers do not say: vendor and device.</param>
    public VfioPciConfig(PciModel model, (ushort Vendor, ushort Device)? virtualIds = null)
    {
        _model = model;
        _isVirtual = virtualIds is not null;
        int size = model.Config.Size;
        _copy = new byte[size];
        _map = new byte[size];
        _virtual = new byte[size];
        _writable = new byte[size];
        _map.AsSpan(PciRegisters.HeaderSize).Fill(Unassigned);
        _writable.AsSpan(PciRegisters.HeaderSize).Fill(0xff);
        model.ReadConfig(0, _copy.AsSpan(0, PciRegisters.HeaderSize));
        _copy.AsSpan(0, PciRegisters.HeaderSize).CopyTo(_kept);
        if (virtualIds is { } ids)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_copy.AsSpan(PciRegisters.VendorId), ids.Vendor);
            BinaryPrimitives.WriteUInt16LittleEndian(_copy.AsSpan(PciRegisters.DeviceId), ids.Device);
            _copy[PciRegisters.InterruptPin] = 0;
            _copy[PciRegisters.Command] |= (byte)PciRegisters.CommandMemory;
        }

        SetHeader();
        FixBars();
        AddCapabilities();
        AddExtendedCapabilities();
    }

    /// <summary>The config region's size.</summary>
    public int Size => _copy.Length;

    /// <summary>__vfio_pci_memory_enabled: whether the function's memory answers, by the user's memory enable and its power state.</summary>
    public bool MemoryEnabled => (_isVirtual || (Volatile.Read(ref _copy[PciRegisters.Command]) & PciRegisters.CommandMemory) != 0) && PowerState < 3;

    /// <summary>Would this write take the function's memory away? Asked before it is written, so that nobody uses it meanwhile.</summary>
    public bool TakesMemoryAway(int offset, ReadOnlySpan<byte> source)
        => (Touches(offset, source, PciRegisters.Command) && (source[PciRegisters.Command - offset] & PciRegisters.CommandMemory) == 0)
            || (_power != 0 && Touches(offset, source, _power + PciRegisters.PowerControl)
                && (source[_power + PciRegisters.PowerControl - offset] & PciRegisters.PowerControlStateMask) == 3);

    /// <summary>The interrupt pin the user sees; 0: no INTx.</summary>
    public byte InterruptPin => _copy[PciRegisters.InterruptPin];

    /// <summary>MSI is the interrupt in use: only then may the user's enable bit stand.</summary>
    public bool MsiInUse { get; private set; }

    /// <summary>MSI was turned on or off by VFIO_DEVICE_SET_IRQS.</summary>
    /// <param name="inUse">On.</param>
    /// <param name="queueMax">log2 of the vectors enabled, which bounds what the user may write to the capability. Linux: vdev->msi_qmax.</param>
    public void SetMsiInUse(bool inUse, int queueMax)
    {
        lock (_lock)
        {
            MsiInUse = inUse;
            _msiQueueMax = queueMax;
        }
    }

    /// <summary>vfio_pci_config_rw for reading; EFAULT when it leaves the space.</summary>
    public Errno Read(int offset, Span<byte> destination)
    {
        if (offset >= Size || destination.Length > Size - offset)
        {
            return Errno.EFAULT;
        }

        lock (_lock)
        {
            while (!destination.IsEmpty)
            {
                int count = Chunk(offset, destination.Length);
                ReadChunk(offset, destination[..count]);
                offset += count;
                destination = destination[count..];
            }
        }

        return Errno.None;
    }

    /// <summary>
    /// vfio_pci_config_rw for writing. What has to follow is the caller's, outside of this lock: <paramref name="effects"/>.
    /// </summary>
    public Errno Write(int offset, ReadOnlySpan<byte> source, out ConfigWriteEffects effects)
    {
        effects = ConfigWriteEffects.None;
        if (offset >= Size || source.Length > Size - offset)
        {
            return Errno.EFAULT;
        }

        lock (_lock)
        {
            while (!source.IsEmpty)
            {
                int count = Chunk(offset, source.Length);
                effects |= WriteChunk(offset, source[..count]);
                offset += count;
                source = source[count..];
            }
        }

        return Errno.None;
    }

    private int PowerState => _power == 0 ? 0 : _model.Config.Get8(_power + PciRegisters.PowerControl) & PciRegisters.PowerControlStateMask;

    private static bool Touches(int offset, ReadOnlySpan<byte> source, int register) => offset <= register && register - offset < source.Length;

    // vfio_config_do_rw: aligned pieces of 4, 2 or 1 that do not cross into another capability.
    private int Chunk(int offset, int count)
    {
        int together = 1;
        while (((offset + together) & 3) != 0 && _map[offset + together] == _map[offset])
        {
            together++;
        }

        count = Math.Min(count, together);
        return count >= 4 && (offset & 3) == 0 ? 4 : count >= 2 && (offset & 1) == 0 ? 2 : 1;
    }

    private void ReadChunk(int offset, Span<byte> destination)
    {
        Span<byte> physical = stackalloc byte[4];
        physical = physical[..destination.Length];
        _model.ReadConfig(offset, physical);
        for (int i = 0; i < destination.Length; i++)
        {
            byte mask = _virtual[offset + i];
            destination[i] = (byte)((physical[i] & ~mask) | (_copy[offset + i] & mask));
        }

        // vfio_basic_config_read: a virtual function has no memory enable, its user sees what he wrote.
        if (_isVirtual && offset <= PciRegisters.Command && PciRegisters.Command - offset < destination.Length)
        {
            destination[PciRegisters.Command - offset] |= (byte)(_copy[PciRegisters.Command] & PciRegisters.CommandMemory);
        }
    }

    private ConfigWriteEffects WriteChunk(int offset, ReadOnlySpan<byte> source)
    {
        if (offset <= PciRegisters.Command && offset + source.Length > PciRegisters.Command)
        {
            RestoreAfterBackdoorReset();
        }

        Span<byte> physical = stackalloc byte[4];
        physical = physical[..source.Length];
        bool toHardware = false;
        for (int i = 0; i < source.Length; i++)
        {
            int at = offset + i;
            int here = _writable[at] & _virtual[at];
            _copy[at] = (byte)((_copy[at] & ~here) | (source[i] & here));
            toHardware |= (_writable[at] & ~_virtual[at]) != 0;
        }

        if (toHardware)
        {
            _model.ReadConfig(offset, physical);
            for (int i = 0; i < source.Length; i++)
            {
                int there = _writable[offset + i] & ~_virtual[offset + i];
                physical[i] = (byte)((physical[i] & ~there) | (source[i] & there));
            }

            _model.WriteConfig(offset, physical);
        }

        return AfterWrite(offset, source);
    }

    private ConfigWriteEffects AfterWrite(int offset, ReadOnlySpan<byte> source)
    {
        int end = offset + source.Length;
        if (offset < PciRegisters.HeaderSize)
        {
            FixBars();
            if (offset <= PciRegisters.Command)
            {
                if (end > PciRegisters.Command)
                {
                    // What the user believes is enabled, for the test before the next write; the hardware's bit may be lost in a reset.
                    const int Kept = PciRegisters.CommandMemory | PciRegisters.CommandIo;
                    byte command = source[PciRegisters.Command - offset];
                    Volatile.Write(ref _copy[PciRegisters.Command], (byte)((_copy[PciRegisters.Command] & ~Kept) | (command & Kept)));
                }
            }

            return offset <= PciRegisters.Command + 1 && end > PciRegisters.Command
                ? (_copy[PciRegisters.Command + 1] & (PciRegisters.CommandIntxDisable >> 8)) != 0 ? ConfigWriteEffects.IntxDisabled : ConfigWriteEffects.IntxEnabled
                : ConfigWriteEffects.None;
        }

        if (_msi != 0 && offset <= _msi + PciRegisters.MsiFlags && end > _msi + PciRegisters.MsiFlags)
        {
            WriteMsiFlags();
        }

        int control = _express + PciRegisters.ExpressDeviceControl + 1;
        if (_express != 0 && offset <= control && end > control && (_copy[control] & (PciRegisters.ExpressDeviceControlFlr >> 8)) != 0)
        {
            _copy[control] &= unchecked((byte)~(PciRegisters.ExpressDeviceControlFlr >> 8));
            return _model.HasFunctionReset ? ConfigWriteEffects.FunctionReset : ConfigWriteEffects.None;
        }

        if (_power != 0 && offset <= _power + PciRegisters.PowerControl && end > _power + PciRegisters.PowerControl)
        {
            int state = source[_power + PciRegisters.PowerControl - offset] & PciRegisters.PowerControlStateMask;
            _model.Config.Change16(_power + PciRegisters.PowerControl, PciRegisters.PowerControlStateMask, (ushort)state);
        }

        return ConfigWriteEffects.None;
    }

    // vfio_msi_config_write: the enable bit is the ioctl's, the queue size no more than was enabled.
    private void WriteMsiFlags()
    {
        int at = _msi + PciRegisters.MsiFlags;
        int flags = BinaryPrimitives.ReadUInt16LittleEndian(_copy.AsSpan(at));
        if (!MsiInUse)
        {
            flags &= ~PciRegisters.MsiFlagsEnable;
        }

        if ((flags & PciRegisters.MsiFlagsQsize) >> 4 > _msiQueueMax)
        {
            flags = (flags & ~PciRegisters.MsiFlagsQsize) | (_msiQueueMax << 4);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(_copy.AsSpan(at), (ushort)flags);
        _model.WriteConfig(at, _copy.AsSpan(at, 2));
    }

    // vfio_need_bar_restore and vfio_bar_restore: a reset behind our back has cleared the real BARs.
    private void RestoreAfterBackdoorReset()
    {
        Span<byte> real = stackalloc byte[4];
        bool lost = false;
        for (int at = PciRegisters.BaseAddress0; at < PciRegisters.BaseAddress0 + 24; at += 4)
        {
            _model.ReadConfig(at, real);
            lost |= !real.SequenceEqual(_kept.AsSpan(at, 4));
        }

        if (lost)
        {
            _model.WriteConfig(PciRegisters.BaseAddress0, _kept.AsSpan(PciRegisters.BaseAddress0, 24));
            _model.WriteConfig(PciRegisters.RomAddress, _kept.AsSpan(PciRegisters.RomAddress, 4));
        }
    }

    // vfio_bar_fixup: what the user wrote, cut to what such a BAR could hold, so that sizing works.
    private void FixBars()
    {
        for (int i = 0; i < 6; i++)
        {
            PciBar bar = _model.Bar(i);
            int at = PciRegisters.BaseAddress0 + (i * 4);
            if (bar.Size == 0)
            {
                SetCopy32(at, 0);
                continue;
            }

            ulong mask = ~(bar.Size - 1);
            uint type = bar.Kind == PciBarKind.Io ? 1u : (bar.Prefetchable ? 8u : 0u) | (bar.Kind == PciBarKind.Memory64 ? 4u : 0u);
            SetCopy32(at, (Copy32(at) & (uint)mask) | type);
            if (bar.Kind == PciBarKind.Memory64)
            {
                SetCopy32(at + 4, Copy32(at + 4) & (uint)(mask >> 32));
                i++;
            }
        }

        ulong rom = _model.BarSize(PciModel.RomBar);
        SetCopy32(PciRegisters.RomAddress, rom == 0 ? 0 : Copy32(PciRegisters.RomAddress) & ((uint)~(rom - 1) | 1));
    }

    // init_pci_cap_basic_perm.
    private void SetHeader()
    {
        Virtual(PciRegisters.VendorId, 4);
        Set(PciRegisters.Command, 0, 0xff);
        Set(PciRegisters.Command + 1, PciRegisters.CommandIntxDisable >> 8, 0xff);
        Set(PciRegisters.Status, PciRegisters.StatusCapabilityList, 0);
        Set(PciRegisters.Status + 1, 0, 0);
        Set(PciRegisters.CacheLineSize, 0, 0xff);
        Set(PciRegisters.LatencyTimer, 0, 0xff);
        Set(PciRegisters.Bist, 0, 0xff);
        for (int at = PciRegisters.BaseAddress0; at < PciRegisters.BaseAddress0 + 24; at++)
        {
            Set(at, 0xff, 0xff);
        }

        for (int at = PciRegisters.RomAddress; at < PciRegisters.RomAddress + 4; at++)
        {
            Set(at, 0xff, 0xff);
        }

        Set(PciRegisters.CapabilityList, 0xff, 0);
        Set(PciRegisters.InterruptLine, 0xff, 0xff);
        Set(PciRegisters.InterruptPin, 0xff, 0);
    }

    // vfio_cap_init: the user's chain leaves out what he should not see.
    private void AddCapabilities()
    {
        if ((_copy[PciRegisters.Status] & PciRegisters.StatusCapabilityList) == 0)
        {
            return;
        }

        int previous = PciRegisters.CapabilityList;
        int shown = 0;
        int next = _copy[PciRegisters.CapabilityList];
        Span<byte> header = stackalloc byte[2];
        for (int left = (ConfigSpace.ConventionalSize - PciRegisters.HeaderSize) / 4; next >= PciRegisters.HeaderSize && left > 0; left--)
        {
            int at = next;
            _model.ReadConfig(at, header);
            next = header[1];
            int length = Math.Min(Length(header[0], at), ConfigSpace.ConventionalSize - at);
            if (length <= 0)
            {
                _copy[previous] = (byte)next;
                continue;
            }

            Claim(at, length, header[0]);
            Set(at + 1, 0xff, 0);
            SetCapability(header[0], at, length);
            previous = at + 1;
            shown++;
        }

        if (shown == 0)
        {
            _copy[PciRegisters.Status] &= unchecked((byte)~PciRegisters.StatusCapabilityList);
        }
    }

    // vfio_ecap_init. The first of the chain cannot be left out: it stays as an empty header.
    private void AddExtendedCapabilities()
    {
        if (Size <= ConfigSpace.ConventionalSize)
        {
            return;
        }

        int previous = 0;
        int shown = 0;
        foreach ((ushort id, int at) in _model.Config.ExtendedCapabilities())
        {
            int length = Math.Min(ExtendedLength(id, at), Size - at);
            int next = (int)(_model.Config.Get32(at) >> 20) & ~3;
            if (length == 0 && previous != 0)
            {
                SetCopy32(previous, (Copy32(previous) & 0x000fffff) | ((uint)next << 20));
                continue;
            }

            Claim(at, length == 0 ? 4 : length, (byte)id);
            for (int i = 0; i < 4; i++)
            {
                Set(at + i, 0xff, 0);
            }

            if (length == 0)
            {
                SetCopy32(at, Copy32(at) & 0xffc00000);
            }
            else
            {
                shown++;
                SetExtendedCapability(id, at, length);
            }

            previous = at;
        }

        if (shown == 0)
        {
            SetCopy32(ConfigSpace.ConventionalSize, 0);
            _virtual.AsSpan(ConfigSpace.ConventionalSize, 4).Fill(0xff);
            _writable.AsSpan(ConfigSpace.ConventionalSize, 4).Clear();
        }
    }

    private void Claim(int at, int length, byte id)
    {
        _map.AsSpan(at, length).Fill(id);
        _writable.AsSpan(at, length).Clear();
        _model.ReadConfig(at, _copy.AsSpan(at, length));
    }

    private void SetCapability(byte id, int at, int length)
    {
        switch (id)
        {
            case PciRegisters.CapabilityPowerManagement:
                // init_pci_cap_pm_perm: wake-up events are the kernel's, and the power state goes through it.
                _power = at;
                Set(at + 3, 0xf8, 0);
                _copy[at + 3] &= 0x07;
                Set(at + 4, 0, 0xfc);
                Set(at + 5, 0x81, 0x7e);
                _copy[at + 5] &= 0x7e;
                Set(at + 6, 0, 0xff);
                Set(at + 7, 0, 0xff);
                break;
            case PciRegisters.CapabilityMsi:
                _msi = at;
                int data = (_copy[at + 2] & PciRegisters.MsiFlags64Bit) != 0 ? 12 : 8;
                Set(at + 2, 0xff, 0xff);
                for (int i = 4; i < data + 2; i++)
                {
                    Set(at + i, 0xff, 0xff);
                }

                for (int i = data + 4; i < length; i++)
                {
                    Set(at + i, 0, 0xff);
                }

                break;
            case PciRegisters.CapabilityExpress when length >= 12:
                SetExpress(at, length);
                break;
            case PciRegisters.CapabilityAdvancedFeatures:
                Set(at + 4, 1, 1);
                break;
            case VendorCapability:
                _writable.AsSpan(at + 2, length - 2).Fill(0xff);
                break;
        }
    }

    // init_pci_cap_exp_perm: reset, payload and read request size are kept for the user; phantom functions and ARI are not his.
    private void SetExpress(int at, int length)
    {
        _express = at;
        Set(at + PciRegisters.ExpressDeviceControl, 0xe0, 0xff);
        Set(at + PciRegisters.ExpressDeviceControl + 1, 0xf0, 0xfd);
        if (length > PciRegisters.ExpressDeviceControl2 + 1)
        {
            Set(at + PciRegisters.ExpressDeviceControl2, 0, 0xdf);
            Set(at + PciRegisters.ExpressDeviceControl2 + 1, 0, 0xff);
        }
    }

    private void SetExtendedCapability(ushort id, int at, int length)
    {
        const ushort ErrorReporting = 1;
        const ushort PowerBudgeting = 4;
        switch (id)
        {
            case ErrorReporting when length >= 0x1c:
                // Status registers, masks and severities, and the control register's enables.
                _writable.AsSpan(at + 4, 0x14).Fill(0xff);
                Set(at + 0x18, 0, 0x40);
                Set(at + 0x19, 0, 0x05);
                break;
            case PowerBudgeting when length >= 5:
                Set(at + 4, 0, 0xff);
                break;
            case ExtendedVendor or ExtendedDesignatedVendor when length >= 4:
                _writable.AsSpan(at + 4, length - 4).Fill(0xff);
                break;
        }
    }

    // pci_cap_length and vfio_cap_len; 0: not shown.
    private int Length(byte id, int at)
    {
        switch (id)
        {
            case PciRegisters.CapabilityPowerManagement or PciRegisters.CapabilityVpd or 0x02:
                return id == 0x02 ? 12 : 8;
            case PciRegisters.CapabilityMsi:
                int flags = _model.Config.Get16(at + PciRegisters.MsiFlags);
                return 10 + ((flags & PciRegisters.MsiFlags64Bit) != 0 ? 4 : 0) + ((flags & PciRegisters.MsiFlagsMaskBit) != 0 ? 10 : 0);
            case PciRegisters.CapabilityPcix:
                return 8;
            case PciRegisters.CapabilityVendor:
                return Math.Max((int)_model.Config.Get8(at + 2), 3);
            case PciRegisters.CapabilityExpress:
                // Version 1 ends before the second set of registers; an integrated endpoint has no link or slot registers then.
                int express = _model.Config.Get16(at + PciRegisters.ExpressFlags);
                return (express & 0xf) >= 2 ? 60 : (express >> 4 & 0xf) == 9 ? 12 : 20;
            case PciRegisters.CapabilityMsix:
                return 12;
            case 0x12:
                return (_model.Config.Get16(at + 4) & 0xf) == 0xf ? 12 : 8;
            case PciRegisters.CapabilityAdvancedFeatures:
                return 6;
            default:
                return 0;
        }
    }

    // pci_ext_cap_length; 0: hidden from the user.
    private int ExtendedLength(ushort id, int at) => id switch
    {
        0x01 => 0x2c,
        0x02 or 0x08 or 0x09 => 0x10,
        0x03 => 12,
        0x04 => 16,
        ExtendedVendor or ExtendedDesignatedVendor => Math.Max((int)(ExtendedRegister(at + 4) >> 20), 8),
        0x0d => 8,
        0x0e => 8,
        0x0f => 8,
        0x10 => 64,
        0x12 => 48,
        0x13 => 16,
        0x15 => 4 + (8 * (int)(ExtendedRegister(at + 8) >> 5 & 7)),
        0x16 => 16,
        0x17 => 12,
        0x18 => 8,
        _ => 0,
    };

    // A header may stand at the very end.
    private uint ExtendedRegister(int offset) => offset <= Size - 4 ? _model.Config.Get32(offset) : 0;

    private void Virtual(int offset, int length) => _virtual.AsSpan(offset, length).Fill(0xff);

    private void Set(int offset, int virtualBits, int writableBits)
    {
        _virtual[offset] = (byte)virtualBits;
        _writable[offset] = (byte)writableBits;
    }

    private uint Copy32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(_copy.AsSpan(offset));

    private void SetCopy32(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(_copy.AsSpan(offset), value);
}
