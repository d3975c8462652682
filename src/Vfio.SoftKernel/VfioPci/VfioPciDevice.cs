using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.IommuCore;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>A PCI function in vfio-pci's hands. Linux: struct vfio_pci_core_device, drivers/vfio/pci/vfio_pci_core.c.</summary>
/// <remarks>
/// Parts: opening and resets here; <c>.Regions</c> reading, writing and mapping it, <c>.Ioctl</c> the calls, <c>.Info</c> what it tells of itself,
/// <c>.Irqs</c> VFIO_DEVICE_SET_IRQS, <c>.Memory</c> what turns its memory on and off, <c>.DmaBuf</c>, <c>.HotReset</c>, <c>.Ioeventfd</c>.
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
    private readonly PolledBar?[] _polledBars = new PolledBar?[PciModel.RomBar + 1];
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

        _memory = new HostMemfd(host, "vfio-device", (long)regionBase + MemorySize, device.SharedBars.Count == 0 ? MemfdFlags.None : MemfdFlags.AllowSealing);
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

    /// <summary>The function's memory is on.</summary>
    public bool AnswersMemory => _config is { MemoryEnabled: true };

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
        foreach (int bar in _device.SharedBars)
        {
            _polledBars[bar] = new PolledBar(this, bar, MemoryOffset(bar, 0));
        }

        Model.Interrupts = _device.SharedBars.Count == 0 ? _interrupts : new PolledBarInterrupts([.. _polledBars.OfType<PolledBar>()], _interrupts);
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
        foreach (int bar in _device.SharedBars)
        {
            _polledBars[bar]!.Stop();
            _polledBars[bar] = null;
        }

        Interrupts.Close();
        Model.Interrupts = null;
        SetCommand(PciRegisters.CommandMaster, 0);
        if (_resetWorks)
        {
            Thread.Sleep(_device.ResetTime);
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

    // pci_reset_function has a way: FLR; power off and on, where that loses state; or the reset of a bus that it has for itself.
    private bool CanReset
        => Model.HasFunctionReset
        || (HasBusReset && Core.Module.FunctionsOnBus(Model.Location).Count == 1)
        || (Model.Config.FindCapability(PciRegisters.CapabilityPowerManagement) is int at and not 0
            && (Model.Config.Get16(at + PciRegisters.PowerControl) & PciRegisters.PowerControlNoSoftReset) == 0);

    // pci_try_reset_function: what configuration space held before stands there after it.
    private void ResetFunction()
    {
        Thread.Sleep(_device.ResetTime);
        ResetState();
    }

    private void ResetState()
    {
        byte[] saved = new byte[Model.Config.Size];
        Model.ReadConfig(0, saved);
        Model.Reset();
        foreach (int bar in _device.SharedBars)
        {
            _polledBars[bar]?.Forget();
        }

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
