using System.Buffers.Binary;
using Vfio.Hardware.Pci;
using Vfio.Hardware.Storage;

namespace Vfio.Hardware.Models;

/// <summary>
/// An NVMe controller (Base specification 1.4) with one namespace on a store of blocks: admin queue, up to 64 pairs of queues for I/O, PRPs and SGLs, a
/// vector of MSI-X for each queue, doorbells in the host's memory.
/// </summary>
/// <remarks>
/// One thread serves all queues while the controller is enabled. <c>_gate</c> guards everything but the doorbells: it is held while commands are done, so that none touches the
/// host's memory once CC.EN is cleared or the function is reset; and never while an interrupt goes out. The thread keeps it until somebody waits for it. A doorbell is stored without it:
/// by a call, which wakes the thread, or to a page that the driver has mapped and the thread looks at.
/// </remarks>
public sealed partial class NvmeModel : PciModel, IDisposable
{
    /// <summary>QEMU's nvme: 1b36:0010.</summary>
    public const ushort Vendor = 0x1b36;

    /// <summary>QEMU's nvme: 1b36:0010.</summary>
    public const ushort Device = 0x0010;

    /// <summary>Size of BAR 0: registers, doorbells, the table and the pending bits of MSI-X.</summary>
    public const ulong RegistersSize = 16 << 10;

    private const int MostQueues = 64;
    private const int MostEntries = 4096;
    private const ulong PageSize = 4096;
    private const ulong Doorbells = 0x1000;
    private const ulong AfterDoorbells = 0x2000;

    // MQES, CQR, TO of 5 s, NVM command set, pages of 4 KiB.
    private const ulong Capabilities = (MostEntries - 1) | (1UL << 16) | (10UL << 24) | (1UL << 37);
    private const uint Version = 0x00010400;
    private const uint ConfigurationEnable = 1;
    private const uint ConfigurationShutdown = 3 << 14;
    private const uint StatusReady = 1;
    private const uint StatusFatal = 2;
    private const uint StatusShutdown = 3 << 2;
    private const uint StatusShutdownComplete = 2 << 2;

    private readonly Lock _gate = new();
    private readonly IBlockStore _store;
    private readonly int _blockShift;
    private readonly byte[] _vectors = new byte[RegistersSize - AfterDoorbells];

    private uint _interruptMask;
    private uint _configuration;
    private uint _status;
    private bool _isHung;
    private bool _isDead;
    private uint _adminQueueAttributes;
    private ulong _adminSubmissionQueue;
    private ulong _adminCompletionQueue;

    // Goes up whenever the controller is enabled or stopped: a thread that serves another time than now ends.
    private int _time;

    /// <summary>A controller with the configuration space that QEMU gives its own, BAR 0 unassigned.</summary>
    /// <param name="location">Where it stands.</param>
    /// <param name="store">What its namespace holds; the caller's, and in use as long as the controller is.</param>
    /// <param name="blockSize">Bytes of a block: 512 or 4096.</param>
    public NvmeModel(PciLocation location, IBlockStore store, int blockSize = 512)
        : this(location, DefaultConfig(), store, blockSize)
    {
    }

    /// <summary>A controller with a recorded configuration space.</summary>
    public NvmeModel(PciLocation location, ReadOnlySpan<byte> config, IBlockStore store, int blockSize = 512)
        : this(location, ConfigSpace.FromImage(config, [new PciBar(PciBarKind.Memory64, RegistersSize)]), store, blockSize)
    {
    }

    private NvmeModel(PciLocation location, ConfigSpace config, IBlockStore store, int blockSize)
        : base(location, config, [new PciBar(PciBarKind.Memory64, RegistersSize)])
    {
        ArgumentNullException.ThrowIfNull(store);
        if (blockSize is not (512 or 4096))
        {
            throw new ArgumentOutOfRangeException(nameof(blockSize), blockSize, "A block has 512 or 4096 bytes.");
        }

        _store = store;
        _blockShift = int.Log2(blockSize);
        _blocks = store.Length >> _blockShift;
    }

    /// <summary>Asked before each command that is not of the admin queue; null: nothing goes wrong. Called on the controller's thread.</summary>
    public Func<byte, ulong, NvmeInjection>? Inject { get; set; }

    /// <summary>Asked before each command of the admin queue, by its opcode: the status code type and code that it ends with instead of being done; 0: it is done. Called as <see cref="Inject"/>.</summary>
    public Func<byte, ushort>? Refuse { get; set; }

    /// <summary>MDTS: log2 of the pages that one command moves at most, 0 for no limit; 7. To be set before the controller is enabled.</summary>
    public int TransferShift { get; set; } = 7;

    /// <summary>Nothing is done any more, and stores to its registers change nothing, until the function is reset.</summary>
    public bool IsDead
    {
        get => Volatile.Read(ref _isDead);
        set => Volatile.Write(ref _isDead, value);
    }

    /// <summary>Commands answered since it was made, of all queues.</summary>
    public long CommandsCompleted => Volatile.Read(ref _completed);

    /// <summary>Stops it.</summary>
    public void Dispose()
    {
        EnterGate();
        Stop();
        _gate.Exit();
    }

    /// <inheritdoc/>
    public override void ReadBar(int bar, ulong offset, Span<byte> destination)
    {
        destination.Clear();
        if (bar != 0)
        {
            return;
        }

        if (offset >= AfterDoorbells)
        {
            _vectors.AsSpan((int)(offset - AfterDoorbells), destination.Length).CopyTo(destination);
        }
        else if (offset < Doorbells && destination.Length is 4 or 8 && offset % 4 == 0)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination, Register(offset));
            if (destination.Length == 8)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(destination[4..], Register(offset + 4));
            }
        }
    }

    /// <inheritdoc/>
    public override void WriteBar(int bar, ulong offset, ReadOnlySpan<byte> source)
    {
        if (bar != 0)
        {
            return;
        }

        if (offset >= AfterDoorbells)
        {
            source.CopyTo(_vectors.AsSpan((int)(offset - AfterDoorbells)));
        }
        else if (offset >= Doorbells)
        {
            if (source.Length == 4 && offset % 4 == 0)
            {
                Ring((int)((offset - Doorbells) / 4), BinaryPrimitives.ReadUInt32LittleEndian(source));
            }
        }
        else if (source.Length is 4 or 8 && offset % 4 == 0)
        {
            EnterGate();
            try
            {
                SetRegister(offset, BinaryPrimitives.ReadUInt32LittleEndian(source));
                if (source.Length == 8)
                {
                    SetRegister(offset + 4, BinaryPrimitives.ReadUInt32LittleEndian(source[4..]));
                }
            }
            finally
            {
                _gate.Exit();
            }

            if (IntxAsserted)
            {
                DriveIntx();
            }
        }
    }

    /// <inheritdoc/>
    protected override void ResetState()
    {
        EnterGate();
        IsDead = false;
        Stop();
        (_adminQueueAttributes, _adminSubmissionQueue, _adminCompletionQueue) = (0, 0, 0);
        Array.Clear(_vectors);
        _gate.Exit();
    }

    private static ConfigSpace DefaultConfig()
    {
        const int Msix = 0x40;
        const int Express = 0x80;
        var config = new ConfigSpace(ConfigSpace.ExpressSize);
        config.Set16(PciRegisters.VendorId, Vendor);
        config.Set16(PciRegisters.DeviceId, Device);
        config.Set8(PciRegisters.RevisionId, 0x02);
        config.Set8(PciRegisters.RevisionId + 1, 0x02);
        config.Set16(PciRegisters.RevisionId + 2, 0x0108);
        config.Set16(PciRegisters.SubsystemVendorId, 0x1af4);
        config.Set16(PciRegisters.SubsystemId, 0x1100);
        config.Set8(PciRegisters.InterruptPin, 1);
        config.MakeHeader([new PciBar(PciBarKind.Memory64, RegistersSize)]);

        // Its vectors stand at 0x2000 of BAR 0, the pending bits at 0x3000.
        config.AddCapability(PciRegisters.CapabilityMsix, Msix, [MostQueues, 0, 0x00, 0x20, 0, 0, 0x00, 0x30, 0, 0], [0, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0]);

        // An endpoint that can be reset alone.
        byte[] express = new byte[58];
        express[0] = 0x02;
        BinaryPrimitives.WriteUInt32LittleEndian(express.AsSpan(PciRegisters.ExpressDeviceCapabilities - 2), 0x8000 | PciRegisters.ExpressDeviceCapabilitiesFlr);
        byte[] writable = new byte[58];
        BinaryPrimitives.WriteUInt16LittleEndian(writable.AsSpan(PciRegisters.ExpressDeviceControl - 2), 0xffff & ~PciRegisters.ExpressDeviceControlFlr);
        config.AddCapability(PciRegisters.CapabilityExpress, Express, express, writable);
        return config;
    }

    // Each is one field: no gate is needed to see it as it is.
    private uint Register(ulong offset) => offset switch
    {
        0x00 => unchecked((uint)Capabilities),
        0x04 => (uint)(Capabilities >> 32),
        0x08 => Version,
        0x0c or 0x10 => Volatile.Read(ref _interruptMask),
        0x14 => Volatile.Read(ref _configuration),
        0x1c => Volatile.Read(ref _status),
        0x24 => _adminQueueAttributes,
        0x28 => (uint)_adminSubmissionQueue,
        0x2c => (uint)(_adminSubmissionQueue >> 32),
        0x30 => (uint)_adminCompletionQueue,
        0x34 => (uint)(_adminCompletionQueue >> 32),
        _ => 0,
    };

    private void SetRegister(ulong offset, uint value)
    {
        if (IsDead)
        {
            return;
        }

        switch (offset)
        {
            case 0x0c:
                _interruptMask |= value;
                break;
            case 0x10:
                _interruptMask &= ~value;
                break;
            case 0x14:
                Configure(value);
                break;
            case 0x24:
                _adminQueueAttributes = value & 0x0fff_0fff;
                break;
            case 0x28:
                _adminSubmissionQueue = (_adminSubmissionQueue & ~0xffff_ffffUL) | (value & ~0xfffU);
                break;
            case 0x2c:
                _adminSubmissionQueue = (uint)_adminSubmissionQueue | ((ulong)value << 32);
                break;
            case 0x30:
                _adminCompletionQueue = (_adminCompletionQueue & ~0xffff_ffffUL) | (value & ~0xfffU);
                break;
            case 0x34:
                _adminCompletionQueue = (uint)_adminCompletionQueue | ((ulong)value << 32);
                break;
            default:
                break;
        }
    }

    private void Configure(uint value)
    {
        uint before = _configuration;
        _configuration = value & 0x00ff_fff1;
        if (((value ^ before) & ConfigurationEnable) != 0)
        {
            if ((value & ConfigurationEnable) == 0)
            {
                Stop();
                return;
            }

            Start();
        }

        // Nothing is kept back that a shutdown would have to write.
        bool asked = (value & ConfigurationShutdown) != 0;
        if (asked && (before & ConfigurationShutdown) == 0)
        {
            _status = (_status & ~StatusShutdown) | (_store.TryFlush() ? StatusShutdownComplete : StatusShutdownComplete | StatusFatal);
        }
        else if (!asked)
        {
            _status &= ~StatusShutdown;
        }
    }

    private void Start()
    {
        const uint OnlyPageSize = 0;
        const uint PageSizeAndCommandSet = (0xf << 7) | (7 << 4);
        if ((_configuration & PageSizeAndCommandSet) != OnlyPageSize)
        {
            _status |= StatusFatal;
            return;
        }

        for (int i = 0; i < _doorbells.Length; i++)
        {
            ClearDoorbell(i);
        }

        var completions = new NvmeCompletionQueue(0, _adminCompletionQueue, (_adminQueueAttributes >> 16) + 1, vector: 0);
        _completionQueues[0] = completions;
        SetSubmissionQueue(0, new NvmeSubmissionQueue(0, _adminSubmissionQueue, (_adminQueueAttributes & 0xfff) + 1, completions));
        completions.Users = 1;
        _status = StatusReady;
        int time = ++_time;
        var rest = new NvmeRest();
        Volatile.Write(ref _rest, rest);
        new Thread(() => Serve(time, rest)) { IsBackground = true, Name = $"nvme {Location}" }.Start();
    }

    // CC.EN is 0, or the function was reset: what was under way is forgotten, and nothing of the host's is touched from here on.
    private void Stop()
    {
        _time++;
        _configuration = 0;
        _status = 0;
        _isHung = false;
        _interruptMask = 0;
        Array.Clear(_submissionQueues);
        _served = [];
        Array.Clear(_completionQueues);
        _shadowDoorbells = 0;
        _eventIndexes = 0;
        _waiting.Clear();
        _postWords = 0;
        _hasSignals = false;
        _eventRequests.Clear();
        _events.Clear();
        ForgetFeatures();
        _rest.Wake();
    }

    /// <summary>A controller that cannot go on: CSTS.CFS, and no command is done any more.</summary>
    private void Fail() => _status |= StatusFatal;

    private ulong MostTransfer => TransferShift == 0 ? ulong.MaxValue : PageSize << TransferShift;

    private bool HasStopped => (_status & StatusFatal) != 0 || _isHung || IsDead;
}
