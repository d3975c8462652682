using System.Buffers.Binary;
using Vfio.Hardware.Pci;

namespace Vfio.Hardware.Models;

/// <summary>
/// QEMU's educational device (docs/specs/edu.rst), register for register: identification, inversion, factorial, interrupts by hand and by
/// completion, DMA between memory and its 4 KiB buffer.
/// </summary>
/// <remarks>
/// A factorial and a transfer run on the thread pool; their busy bits are set before the store that started them returns and cleared when the
/// result is there, before the interrupt goes out. Where QEMU ends itself (a transfer outside the buffer), the transfer ends and moves nothing.
/// QEMU's edu has no reset: its registers outlive one.
/// </remarks>
public sealed partial class EduModel : PciModel, IMigratable, IThreadPoolWorkItem
{
    /// <summary>1234:11e8.</summary>
    public const ushort Vendor = 0x1234;

    /// <summary>1234:11e8.</summary>
    public const ushort Device = 0x11e8;

    /// <summary>Size of BAR 0.</summary>
    public const ulong RegistersSize = 1 << 20;

    private const uint Identification = 0x010000ed;
    private const uint StatusComputing = 0x01;
    private const uint StatusInterruptAfterFactorial = 0x80;
    private const uint InterruptFactorial = 0x001;
    private const uint InterruptDma = 0x100;
    private const ulong DmaRun = 1;
    private const ulong DmaToMemory = 2;
    private const ulong DmaInterrupt = 4;
    private const ulong BufferStart = 0x40000;
    private const int BufferSize = 4096;
    private const ulong DmaMask = (1 << 28) - 1;

    // Acknowledging what was goes before whatever may raise anew; the last two take no store.
    private static readonly PciSharedRegister[] s_sharedRegisters =
    [
        new(0x04, 4), new(0x20, 4), new(0x64, 4), new(0x60, 4), new(0x08, 4), new(0x80, 8), new(0x88, 8), new(0x90, 8), new(0x98, 8), new(0x00, 4), new(0x24, 4),
    ];

    private readonly Lock _lock = new();
    private readonly byte[] _buffer = new byte[BufferSize];
    private readonly FactorialWork _factorialWork;
    private uint _inverted;
    private uint _factorial;
    private uint _status;
    private uint _interruptStatus;
    private ulong _dmaSource;
    private ulong _dmaDestination;
    private ulong _dmaCount;
    private ulong _dmaCommand;

    /// <summary>An edu with the configuration space that QEMU gives it, BAR 0 unassigned.</summary>
    public EduModel(PciLocation location)
        : this(location, DefaultConfig())
    {
    }

    /// <summary>An edu with a recorded configuration space.</summary>
    public EduModel(PciLocation location, ReadOnlySpan<byte> config)
        : this(location, ConfigSpace.FromImage(config, [new PciBar(PciBarKind.Memory32, RegistersSize)]))
    {
    }

    private EduModel(PciLocation location, ConfigSpace config)
        : base(location, config, [new PciBar(PciBarKind.Memory32, RegistersSize)])
        => _factorialWork = new FactorialWork(this);

    /// <inheritdoc/>
    public override IReadOnlyList<PciSharedRegister> SharedRegisters(int bar) => bar == 0 ? s_sharedRegisters : [];

    /// <inheritdoc/>
    public override void ReadBar(int bar, ulong offset, Span<byte> destination)
    {
        ulong value = Read(bar, offset, destination.Length);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        bytes[..destination.Length].CopyTo(destination);
    }

    /// <inheritdoc/>
    public override void WriteBar(int bar, ulong offset, ReadOnlySpan<byte> source)
    {
        if (bar != 0 || !Accepts(offset, source.Length))
        {
            return;
        }

        ulong value = source.Length == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(source) : BinaryPrimitives.ReadUInt32LittleEndian(source);
        switch (offset)
        {
            case 0x04:
                lock (_lock)
                {
                    _inverted = ~(uint)value;
                }

                break;
            case 0x08:
                StartFactorial((uint)value);
                break;
            case 0x20:
                lock (_lock)
                {
                    _status = (_status & StatusComputing) | ((uint)value & StatusInterruptAfterFactorial);
                }

                break;
            case 0x60:
                Raise((uint)value);
                break;
            case 0x64:
                Acknowledge((uint)value);
                break;
            case 0x80 or 0x88 or 0x90 or 0x98:
                WriteDma(offset, value);
                break;
        }
    }

    /// <summary>Page by page: what nobody answers reads as zero, as on QEMU's bus, and what lies beside it is read all the same.</summary>
    private void ReadMemory(ulong address, Span<byte> destination)
    {
        while (destination.Length > 0)
        {
            int inPage = (int)Math.Min((ulong)destination.Length, 4096 - (address & 4095));
            if (!Dma.TryRead(address, destination[..inPage]))
            {
                destination[..inPage].Clear();
            }

            address += (ulong)inPage;
            destination = destination[inPage..];
        }
    }

    /// <summary>The transfer that the command register started; called by the thread pool.</summary>
    void IThreadPoolWorkItem.Execute()
    {
        ulong source, destination, count, command;
        lock (_lock)
        {
            // The registers cannot change while the run bit is set.
            (source, destination, count, command) = (_dmaSource, _dmaDestination, _dmaCount, _dmaCommand);
        }

        if ((command & DmaToMemory) == 0)
        {
            if (InBuffer(destination, count, out int at))
            {
                ReadMemory(source & DmaMask, _buffer.AsSpan(at, (int)count));
            }
        }
        else if (InBuffer(source, count, out int at))
        {
            Dma.TryWrite(destination & DmaMask, _buffer.AsSpan(at, (int)count));
        }

        lock (_lock)
        {
            _dmaCommand &= ~DmaRun;
        }

        if ((command & DmaInterrupt) != 0)
        {
            Raise(InterruptDma);
        }

        Interlocked.Decrement(ref _transfers);
    }

    /// <inheritdoc/>
    protected override void ResetState()
    {
    }

    private static ConfigSpace DefaultConfig()
    {
        var config = new ConfigSpace(ConfigSpace.ConventionalSize);
        config.Set16(PciRegisters.VendorId, Vendor);
        config.Set16(PciRegisters.DeviceId, Device);
        config.Set8(PciRegisters.RevisionId, 0x10);
        config.Set16(PciRegisters.RevisionId + 2, 0x00ff);
        config.Set16(PciRegisters.SubsystemVendorId, 0x1af4);
        config.Set16(PciRegisters.SubsystemId, 0x1100);
        config.Set8(PciRegisters.InterruptPin, 1);
        config.MakeHeader([new PciBar(PciBarKind.Memory32, RegistersSize)]);
        // One vector, 64-bit address.
        config.AddCapability(PciRegisters.CapabilityMsi, 0x40, [0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            [0x71, 0, 0xfc, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
        return config;
    }

    private static bool Accepts(ulong offset, int size) => size == 4 || (size == 8 && offset >= 0x80);

    private static bool InBuffer(ulong start, ulong count, out int at)
    {
        at = (int)(start - BufferStart);
        return start >= BufferStart && start <= BufferStart + BufferSize && count <= BufferStart + BufferSize - start;
    }

    private ulong Read(int bar, ulong offset, int size)
    {
        if (bar != 0 || size < 4)
        {
            // Below the memory region's smallest access QEMU's bus answers, with zero.
            return bar == 0 ? 0 : ulong.MaxValue;
        }

        if (!Accepts(offset, size))
        {
            return ulong.MaxValue;
        }

        lock (_lock)
        {
            return offset switch
            {
                0x00 => Identification,
                0x04 => _inverted,
                0x08 => _factorial,
                0x20 => _status,
                0x24 => _interruptStatus,
                0x80 => _dmaSource,
                0x88 => _dmaDestination,
                0x90 => _dmaCount,
                0x98 => _dmaCommand,
                _ => ulong.MaxValue,
            };
        }
    }

    private void StartFactorial(uint value)
    {
        lock (_lock)
        {
            if ((_status & StatusComputing) != 0)
            {
                return;
            }

            _factorial = value;
            _status |= StatusComputing;
            if (_activity == ModelActivity.Stopped)
            {
                return;
            }

            Interlocked.Increment(ref _computations);
        }

        ThreadPool.UnsafeQueueUserWorkItem(_factorialWork, preferLocal: false);
    }

    private void ComputeFactorial()
    {
        uint n = Volatile.Read(ref _factorial);
        uint result = 1;
        while (n > 0)
        {
            result = unchecked(result * n--);
            if (result == 0)
            {
                // Every further product is zero too: 34! and up have 32 factors of two.
                break;
            }
        }

        bool interrupt;
        lock (_lock)
        {
            _factorial = result;
            _status &= ~StatusComputing;
            interrupt = (_status & StatusInterruptAfterFactorial) != 0;
        }

        if (interrupt)
        {
            Raise(InterruptFactorial);
        }

        Interlocked.Decrement(ref _computations);
    }

    private void WriteDma(ulong offset, ulong value)
    {
        lock (_lock)
        {
            if ((_dmaCommand & DmaRun) != 0 || (offset == 0x98 && (value & DmaRun) == 0))
            {
                return;
            }

            switch (offset)
            {
                case 0x80:
                    _dmaSource = value;
                    return;
                case 0x88:
                    _dmaDestination = value;
                    return;
                case 0x90:
                    _dmaCount = value;
                    return;
                default:
                    _dmaCommand = value;
                    if (_activity != ModelActivity.Running)
                    {
                        return;
                    }

                    Interlocked.Increment(ref _transfers);
                    break;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void Raise(uint bits)
    {
        bool any;
        lock (_lock)
        {
            _interruptStatus |= bits;
            any = _interruptStatus != 0 && _activity != ModelActivity.Stopped;
        }

        if (!any)
        {
            return;
        }

        if (MsiEnabled)
        {
            SendMsi(0);
        }
        else
        {
            DriveIntx();
        }
    }

    private void Acknowledge(uint bits)
    {
        bool none;
        lock (_lock)
        {
            _interruptStatus &= ~bits;
            none = _interruptStatus == 0;
        }

        if (none && !MsiEnabled)
        {
            DriveIntx();
        }
    }

    /// <inheritdoc/>
    protected override bool HasInterrupt
    {
        get
        {
            lock (_lock)
            {
                return _interruptStatus != 0;
            }
        }
    }

    private sealed class FactorialWork(EduModel edu) : IThreadPoolWorkItem
    {
        public void Execute() => edu.ComputeFactorial();
    }
}
