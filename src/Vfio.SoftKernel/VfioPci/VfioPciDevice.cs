using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>A PCI function in vfio-pci's hands. Linux: struct vfio_pci_core_device, drivers/vfio/pci/vfio_pci_core.c.</summary>
/// <remarks>
/// Parts: regions and resets here; <c>.Ioctl</c> the calls, <c>.Irqs</c> VFIO_DEVICE_SET_IRQS, <c>.Memory</c> what turns its memory on and off,
/// <c>.DmaBuf</c>, <c>.HotReset</c>, <c>.Ioeventfd</c>.
/// </remarks>
internal sealed partial class VfioPciDevice : IVfioDeviceDriver
{
    /// <summary>VFIO_PCI_OFFSET_SHIFT: where a region starts in the file.</summary>
    public const int OffsetShift = 40;

    private const ulong PageSize = 4096;

    // Room for the six BARs at their offsets; nothing is held until it is written.
    private const long MemorySize = 6L << OffsetShift;

    private readonly ulong _regionBase;

    private readonly SoftDevice _device;
    private readonly VfToken? _physicalToken;
    private readonly HostMemfd _memory;
    private VfioPciConfig? _config;
    private VfioPciInterrupts? _interrupts;
    private byte[] _savedConfig = [];
    private bool _resetWorks;
    private bool _lowPower;
    private bool _hasVirtualFunctions;
    private int _msixBar = -1;
    private ulong _msixStart;
    private ulong _msixEnd;

    private readonly VfioPciMigration? _migration;

    /// <summary>A function for VFIO.</summary>
    /// <param name="device">The function.</param>
    /// <param name="host">The system calls of the process we live in.</param>
    /// <param name="physicalToken">Of a virtual function whose physical one is vfio-pci's too: its token.</param>
    /// <param name="regionBase">Where region 0 starts in the file.</param>
    public VfioPciDevice(SoftDevice device, ISystemCalls host, VfToken? physicalToken, ulong regionBase)
    {
        _regionBase = regionBase;
        _device = device;
        _physicalToken = physicalToken;
        Token = device.IsPhysicalFunction ? new VfToken() : null;
        Model = device.Model;
        Host = host;
        if (device.IsMigratable && Model is IMigratable state)
        {
            _migration = new VfioPciMigration(Model, state, host);
            DmaLogging = new VfioPciDmaLogging(Model);
        }

        _memory = new HostMemfd(host, "vfio-device", (long)regionBase + MemorySize);
    }

    /// <summary>The function.</summary>
    public PciModel Model { get; }

    /// <summary>The system calls of the process we live in.</summary>
    public ISystemCalls Host { get; }

    /// <summary>Of a physical function: what opens it and its virtual ones.</summary>
    public VfToken? Token { get; }

    /// <summary>vdev->sriov_active: virtual functions are on, and the function stays in D0.</summary>
    public bool HasVirtualFunctions
    {
        get => Volatile.Read(ref _hasVirtualFunctions);
        set => Volatile.Write(ref _hasVirtualFunctions, value);
    }

    /// <summary>The device VFIO made of it.</summary>
    public VfioCoreDevice Core { get; internal set; } = null!;

    /// <inheritdoc/>
    public int HostDescriptor => _memory.Descriptor;

    /// <inheritdoc/>
    public IVfioMigration? Migration => _migration;

    /// <inheritdoc/>
    public IVfioDmaLogging? DmaLogging { get; }

    private VfioPciConfig Config => _config!;

    private VfioPciInterrupts Interrupts => _interrupts!;

    /// <inheritdoc/>
    public Errno OpenDevice()
    {
        // vfio_pci_core_enable: no bus mastering until the user says so, memory and ports on, a reset if the function has one.
        ushort decoding = 0;
        for (int i = 0; i <= PciModel.RomBar; i++)
        {
            decoding |= Model.Bar(i).Kind switch
            {
                PciBarKind.Io => PciRegisters.CommandIo,
                PciBarKind.None => 0,
                _ => i == PciModel.RomBar ? (ushort)0 : PciRegisters.CommandMemory,
            };
        }

        SetCommand(PciRegisters.CommandMaster | PciRegisters.CommandIntxDisable, decoding);
        _savedConfig = new byte[Model.Config.Size];
        Model.ReadConfig(0, _savedConfig);
        _resetWorks = CanReset;
        if (_resetWorks)
        {
            ResetFunction();
        }

        _interrupts = new VfioPciInterrupts(Model, Core.Module.Events);
        _config = new VfioPciConfig(Model, _device.PhysicalFunction is null ? null : (_device.VendorId, _device.DeviceId));
        FindMsixTable();
        Model.Interrupts = _interrupts;
        _physicalToken?.CountUser(1);
        return Errno.None;
    }

    /// <inheritdoc/>
    public void CloseDevice()
    {
        // vfio_pci_core_disable: interrupts off, the function as it was found, and no bus mastering.
        _physicalToken?.CountUser(-1);
        DropDmaBufs();
        DmaLogging?.Stop();
        _migration?.Reset();
        StopIoeventfds();
        Interrupts.Close();
        Model.Interrupts = null;
        SetCommand(PciRegisters.CommandMaster, 0);
        if (_resetWorks)
        {
            Model.Reset();
        }

        RestoreConfig();
        SetCommand(PciRegisters.CommandMaster, 0);
        _config = null;
        _lowPower = false;
    }

    /// <summary>The function is no longer vfio-pci's.</summary>
    public void Discard() => _memory.Close();

    /// <inheritdoc/>
    public int Match(string name)
    {
        // vfio_pci_core_match: the address, then options of which there is one.
        string address = Model.Location.ToString();
        if (!name.StartsWith(address, StringComparison.Ordinal))
        {
            return 0;
        }

        ReadOnlySpan<char> rest = name.AsSpan(address.Length);
        if (!rest.IsEmpty && rest[0] != ' ')
        {
            return 0;
        }

        const string TokenOption = "vf_token=";
        const int TokenLength = 36;
        Guid? token = null;
        while (!rest.IsEmpty)
        {
            if (rest[0] == ' ')
            {
                rest = rest[1..];
                continue;
            }

            if (token is not null || !rest.StartsWith(TokenOption, StringComparison.Ordinal) || rest.Length - TokenOption.Length < TokenLength
                || !Guid.TryParseExact(rest.Slice(TokenOption.Length, TokenLength), "D", out Guid parsed))
            {
                return -(int)Errno.EINVAL;
            }

            token = parsed;
            rest = rest[(TokenOption.Length + TokenLength)..];
        }

        Errno error = MatchToken(token);
        return error == Errno.None ? 1 : -(int)error;
    }

    /// <inheritdoc/>
    public Errno MatchToken(Guid? token)
        => _physicalToken is not null ? _physicalToken.Admit(token)
            : Token is not null ? Token.AdmitPhysical(token)
            : token is null ? Errno.None : Errno.EINVAL;

    /// <summary>vfio_pci_core_aer_err_detected.</summary>
    public void ReportError() => _interrupts?.SignalSingle(VfioUapi.VFIO_PCI_ERR_IRQ_INDEX);

    /// <inheritdoc/>
    public void Request(int times) => _interrupts?.SignalSingle(VfioUapi.VFIO_PCI_REQ_IRQ_INDEX);

    /// <inheritdoc/>
    public nint Read(Span<byte> buffer, ref long position)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        (uint index, ulong offset) = Split((ulong)position);
        nint done;
        switch (index)
        {
            case VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX:
                Errno error = offset < int.MaxValue ? Config.Read((int)offset, buffer) : Errno.EFAULT;
                done = error == Errno.None ? buffer.Length : -(int)error;
                break;
            case <= VfioUapi.VFIO_PCI_ROM_REGION_INDEX:
                done = ReadBar((int)index, offset, buffer);
                break;
            default:
                return -(int)Errno.EINVAL;
        }

        position += Math.Max(done, 0);
        return done;
    }

    /// <inheritdoc/>
    public nint Write(ReadOnlySpan<byte> buffer, ref long position)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }

        (uint index, ulong offset) = Split((ulong)position);
        nint done;
        switch (index)
        {
            case VfioUapi.VFIO_PCI_CONFIG_REGION_INDEX:
                Errno error = offset < int.MaxValue ? WriteConfig((int)offset, buffer) : Errno.EFAULT;
                done = error == Errno.None ? buffer.Length : -(int)error;
                break;
            case < VfioUapi.VFIO_PCI_ROM_REGION_INDEX:
                done = WriteBar((int)index, offset, buffer);
                break;
            default:
                return -(int)Errno.EINVAL;
        }

        position += Math.Max(done, 0);
        return done;
    }

    /// <inheritdoc/>
    public int Mmap(ulong length, MmapProtection protection, MmapFlags flags, ulong offset)
    {
        // vfio_pci_core_mmap.
        (uint index, ulong start) = Split(offset);
        if (index >= VfioUapi.VFIO_PCI_ROM_REGION_INDEX || (flags & MmapFlags.Shared) == 0 || !IsMappable((int)index))
        {
            return -(int)Errno.EINVAL;
        }

        ulong size = (Model.BarSize((int)index) + PageSize - 1) & ~(PageSize - 1);
        return start > size || length > size - start ? -(int)Errno.EINVAL : 0;
    }

    // A BAR may be mapped where it is plain memory: a model that must see each access withholds the flag.
    private bool IsMappable(int bar) => Model.Bar(bar).Kind is PciBarKind.Memory32 or PciBarKind.Memory64 && Model.IsPlainMemory(bar);

    // What lies below the first region wraps round to an index that no region has.
    private (uint Index, ulong Offset) Split(ulong position)
        => ((uint)(unchecked(position - _regionBase) >> OffsetShift), position & ((1UL << OffsetShift) - 1));

    // vfio_pci_bar_rw and vfio_pci_core_do_io_rw: naturally aligned accesses of 8, 4, 2 and 1 (ports: 4); the MSI-X table reads as ones.
    internal nint ReadBar(int bar, ulong offset, Span<byte> buffer)
    {
        Errno error = CheckAccess(bar, offset);
        if (error != Errno.None)
        {
            return -(int)error;
        }

        buffer = buffer[..(int)Math.Min((ulong)buffer.Length, Model.BarSize(bar) - offset)];
        for (int done = 0; done < buffer.Length;)
        {
            int size = Access(bar, offset + (ulong)done, buffer.Length - done, out bool table);
            Span<byte> piece = buffer.Slice(done, size);
            if (table || !Model.IsPresent)
            {
                piece.Fill(0xff);
            }
            else if (IsMappable(bar))
            {
                piece.Clear();
                Host.Pread(HostDescriptor, piece, MemoryOffset(bar, offset + (ulong)done));
            }
            else
            {
                Model.ReadBar(bar, offset + (ulong)done, piece);
            }

            done += size;
        }

        return buffer.Length;
    }

    internal nint WriteBar(int bar, ulong offset, ReadOnlySpan<byte> buffer)
    {
        Errno error = CheckAccess(bar, offset);
        if (error != Errno.None)
        {
            return -(int)error;
        }

        buffer = buffer[..(int)Math.Min((ulong)buffer.Length, Model.BarSize(bar) - offset)];
        for (int done = 0; done < buffer.Length;)
        {
            int size = Access(bar, offset + (ulong)done, buffer.Length - done, out bool table);
            ReadOnlySpan<byte> piece = buffer.Slice(done, size);
            if (!Model.IsPresent)
            {
                done += size;
                continue;
            }

            if (!table && IsMappable(bar))
            {
                Host.Pwrite(HostDescriptor, piece, MemoryOffset(bar, offset + (ulong)done));
            }
            else if (!table)
            {
                Model.WriteBar(bar, offset + (ulong)done, piece);
            }

            done += size;
        }

        return buffer.Length;
    }

    private Errno CheckAccess(int bar, ulong offset)
    {
        if (offset >= Model.BarSize(bar))
        {
            return Errno.EINVAL;
        }

        // An ioeventfd's store may still be on its way while the last file is closed, and find no configuration any more.
        return Model.Bar(bar).Kind == PciBarKind.Io || _config is { MemoryEnabled: true } ? Errno.None : Errno.EIO;
    }

    private int Access(int bar, ulong offset, int left, out bool table)
    {
        table = bar == _msixBar && offset >= _msixStart && offset < _msixEnd;
        if (table)
        {
            return (int)Math.Min((ulong)left, _msixEnd - offset);
        }

        if (bar == _msixBar && offset < _msixStart)
        {
            left = (int)Math.Min((ulong)left, _msixStart - offset);
        }

        if (left >= 8 && (offset & 7) == 0 && Model.Bar(bar).Kind != PciBarKind.Io)
        {
            return 8;
        }

        return left >= 4 && (offset & 3) == 0 ? 4 : left >= 2 && (offset & 1) == 0 ? 2 : 1;
    }

    private long MemoryOffset(int bar, ulong offset) => (long)_regionBase + ((long)bar << OffsetShift) + (long)offset;

    private void FindMsixTable()
    {
        _msixBar = -1;
        if (Model.Config.FindCapability(PciRegisters.CapabilityMsix) is not (int at and not 0))
        {
            return;
        }

        uint table = Model.Config.Get32(at + PciRegisters.MsixTable);
        _msixBar = (int)(table & 7);
        _msixStart = table & ~7u;
        _msixEnd = _msixStart + (((Model.Config.Get16(at + PciRegisters.MsixFlags) & (ulong)PciRegisters.MsixFlagsQsize) + 1) * 16);
    }

    // pci_reset_function has a way: FLR; power off and on, where that loses state; or the reset of a bus that it has for itself.
    private bool CanReset
        => Model.HasFunctionReset
        || (HasBusReset && Core.Module.FunctionsOnBus(Model.Location).Count == 1)
        || (Model.Config.FindCapability(PciRegisters.CapabilityPowerManagement) is int at and not 0
            && (Model.Config.Get16(at + PciRegisters.PowerControl) & PciRegisters.PowerControlNoSoftReset) == 0);

    // pci_try_reset_function: what configuration space held before stands there after it.
    private void ResetFunction()
    {
        byte[] saved = new byte[Model.Config.Size];
        Model.ReadConfig(0, saved);
        Model.Reset();
        Restore(saved);
        _migration?.Reset();
    }

    private void RestoreConfig() => Restore(_savedConfig);

    // pci_restore_state: the header's registers and the capabilities' controls. Everything written is what was read; read-only bits take none of it.
    private void Restore(ReadOnlySpan<byte> saved)
    {
        Model.WriteConfig(PciRegisters.CacheLineSize, saved[PciRegisters.CacheLineSize..PciRegisters.HeaderSize]);
        foreach ((byte id, int at) in Model.Config.Capabilities())
        {
            int length = id switch
            {
                PciRegisters.CapabilityMsi => 14,
                PciRegisters.CapabilityMsix => 4,
                PciRegisters.CapabilityExpress => 12,
                _ => 0,
            };
            if (length != 0 && at + length <= saved.Length)
            {
                Model.WriteConfig(at + 2, saved.Slice(at + 2, length - 2));
            }
        }

        Model.WriteConfig(PciRegisters.Command, saved.Slice(PciRegisters.Command, 2));
    }

    private void SetCommand(int clear, int set)
    {
        int command = (Model.Config.Get16(PciRegisters.Command) & ~clear) | set;
        Model.WriteConfig(PciRegisters.Command, [(byte)command, (byte)(command >> 8)]);
    }
}
