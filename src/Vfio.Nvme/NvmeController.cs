using System.Buffers.Binary;
using System.Diagnostics;

namespace Vfio.Nvme;

/// <summary>
/// An NVMe controller driven through its admin queue: brought up, asked who it is, shut down in order. It is a driver for one thread at a time.
/// </summary>
/// <remarks>
/// The device is the caller's: it must outlive the controller and is not disposed with it. Everything the controller answers is taken as
/// hostile: queue heads and command ids are checked, reads of all ones mean that it is gone, and every wait ends.
/// </remarks>
public sealed class NvmeController : IDisposable
{
    private const int QueueEntries = 32;
    private const int CompletionSize = 16;
    private const int PageSize = 4096;
    private const int SubmissionOffset = 0;
    private const int CompletionOffset = PageSize;
    private const int DataOffset = 2 * PageSize;

    /// <summary>No answer to Identify has 512 bytes of it.</summary>
    internal const byte Untouched = 0xa5;
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan InterruptGrace = TimeSpan.FromSeconds(2);

    private readonly VfioDevice _device;
    private readonly Region _registers;
    private readonly NvmeCapabilities _capabilities;
    private readonly DmaBuffer _memory;
    private readonly InterruptSet? _interrupts;
    private int _tail;
    private int _head;
    private bool _phase = true;
    private bool _enabled;
    private ushort _nextId;

    private NvmeController(VfioDevice device, bool useInterrupts, CancellationToken cancellation)
    {
        _device = device;
        _registers = device.Bars[0];
        if (_registers.Size < NvmeRegisters.Doorbells + PageSize)
        {
            throw new NvmeException($"{_device.Address} has no NVMe register file: BAR 0 is {_registers.Size} bytes long");
        }

        _ = Read32(NvmeRegisters.Status);
        _capabilities = new(Read64(NvmeRegisters.Capabilities));
        if (!_capabilities.NvmCommandSet)
        {
            throw new NvmeException($"{_device.Address} does not offer the NVM command set (CAP 0x{_capabilities.Raw:x16})");
        }

        if (_capabilities.MinimumPageSize > PageSize)
        {
            throw new NvmeException($"{_device.Address} wants memory pages of {_capabilities.MinimumPageSize} bytes; this driver gives it {PageSize}");
        }

        if (_registers.Size < Doorbell(2))
        {
            throw new NvmeException($"{device.Address} puts its doorbells outside BAR 0 (CAP 0x{_capabilities.Raw:x16}, {_registers.Size} bytes)");
        }

        // Allocating DMA memory turns bus mastering on: a controller left running must have stopped before.
        Disable(cancellation);
        _memory = device.AllocateDma(3 * PageSize);
        try
        {
            _interrupts = useInterrupts ? EnableInterrupt(device) : null;
        }
        catch
        {
            _memory.Dispose();
            throw;
        }
    }

    /// <summary>VS: the version of the specification that the controller keeps.</summary>
    public Version Version
    {
        get
        {
            uint version = Read32(NvmeRegisters.Version);
            return new((int)(version >> 16), (int)((version >> 8) & 0xff), (int)(version & 0xff));
        }
    }

    /// <summary>The interrupt that announces completions: MSI-X, MSI, or null when completions are polled for.</summary>
    public InterruptKind? InterruptKind { get; private set; }

    /// <summary>How many times the completion interrupt has been received.</summary>
    public ulong InterruptsReceived { get; private set; }

    /// <summary>How many commands the controller has completed, failed ones included.</summary>
    public ulong CommandsCompleted { get; private set; }

    /// <summary>Bytes that the controller has written into our memory as data, completions not counted.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>
    /// Resets the controller and brings it up with an admin queue of its own. Turns bus mastering on, for it allocates DMA memory.
    /// </summary>
    /// <param name="device">The open device; stays the caller's.</param>
    /// <param name="useInterrupts">Whether to wait for completions by MSI-X or, without it, MSI. Polls where the device has neither.</param>
    /// <param name="cancellation">Ends the wait for the controller; it is left disabled.</param>
    /// <exception cref="NvmeException">It is absent, broken, or did not become ready within the time it states itself (CAP.TO).</exception>
    /// <exception cref="VfioException">The kernel refused memory or the interrupt.</exception>
    public static NvmeController Start(VfioDevice device, bool useInterrupts = true, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        NvmeController controller = new(device, useInterrupts, cancellation);
        try
        {
            controller.Enable(cancellation);
            return controller;
        }
        catch
        {
            controller.Dispose();
            throw;
        }
    }

    /// <summary>Identify Controller.</summary>
    /// <exception cref="NvmeException">The command failed or was not answered in 10 seconds.</exception>
    public NvmeIdentity Identify(CancellationToken cancellation = default)
        => NvmeIdentity.Parse(IdentifyPage("Identify Controller", NvmeCommand.CnsController, 0, cancellation));

    /// <summary>The ids of the active namespaces, in rising order; at most the first 1024.</summary>
    /// <exception cref="NvmeException">The command failed or was not answered in 10 seconds.</exception>
    public IReadOnlyList<uint> ListNamespaces(CancellationToken cancellation = default)
    {
        ReadOnlySpan<byte> page = IdentifyPage("Identify Active Namespaces", NvmeCommand.CnsActiveNamespaces, 0, cancellation);
        List<uint> namespaces = [];
        for (int i = 0; i < PageSize; i += sizeof(uint))
        {
            uint id = BinaryPrimitives.ReadUInt32LittleEndian(page[i..]);
            if (id == 0)
            {
                break;
            }

            namespaces.Add(id);
        }

        return namespaces;
    }

    /// <summary>Identify Namespace.</summary>
    /// <param name="id">NSID, as <see cref="ListNamespaces"/> gives.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NvmeException">The command failed or was not answered in 10 seconds.</exception>
    public NvmeNamespace IdentifyNamespace(uint id, CancellationToken cancellation = default)
        => NvmeNamespace.Parse(id, IdentifyPage("Identify Namespace", NvmeCommand.CnsNamespace, id, cancellation));

    /// <summary>Shuts the controller down in order (CC.SHN), disables it, and frees interrupt and memory. A controller that is gone is let go.</summary>
    public void Dispose()
    {
        try
        {
            Stop();
        }
        finally
        {
            _interrupts?.Dispose();
            _memory.Dispose();
        }
    }

    private InterruptSet? EnableInterrupt(VfioDevice device)
    {
        if (device.GetInterruptInfo(Vfio.InterruptKind.Msix).Count > 0)
        {
            InterruptKind = Vfio.InterruptKind.Msix;
            return device.EnableMsix();
        }

        if (device.GetInterruptInfo(Vfio.InterruptKind.Msi).Count > 0)
        {
            InterruptKind = Vfio.InterruptKind.Msi;
            return device.EnableMsi();
        }

        return null;
    }

    /// <summary>Base specification 3.5.1, "Memory-based Controller Initialization".</summary>
    private void Enable(CancellationToken cancellation)
    {
        _memory.Span.Clear();
        uint last = (uint)Math.Min(QueueEntries, _capabilities.MaximumQueueEntries) - 1;
        _registers.Write32(NvmeRegisters.AdminQueueAttributes, (last << 16) | last);
        Write64(NvmeRegisters.AdminSubmissionQueue, _memory.Iova + SubmissionOffset);
        Write64(NvmeRegisters.AdminCompletionQueue, _memory.Iova + CompletionOffset);
        _registers.Write32(NvmeRegisters.Configuration, NvmeRegisters.QueueEntrySizes | NvmeRegisters.Enable);
        _enabled = true;
        WaitForStatus(NvmeRegisters.Ready, NvmeRegisters.Ready, _capabilities.ReadyTimeout, "become ready", cancellation);
    }

    private void Disable(CancellationToken cancellation)
    {
        uint configuration = Read32(NvmeRegisters.Configuration);
        if ((configuration & NvmeRegisters.Enable) != 0)
        {
            _registers.Write32(NvmeRegisters.Configuration, configuration & ~NvmeRegisters.Enable);
        }

        _enabled = false;
        WaitForStatus(NvmeRegisters.Ready, 0, _capabilities.ReadyTimeout, "stop", cancellation, fatalIsFailure: false);
    }

    /// <summary>Base specification 3.6.1, "Normal shutdown", then CC.EN = 0 so that nothing of ours is used again.</summary>
    private void Stop()
    {
        if (!_enabled)
        {
            return;
        }

        try
        {
            uint configuration = Read32(NvmeRegisters.Configuration);
            _registers.Write32(NvmeRegisters.Configuration, (configuration & ~NvmeRegisters.ShutdownMask) | NvmeRegisters.ShutdownNormal);
            WaitForStatus(
                NvmeRegisters.ShutdownStatusMask, NvmeRegisters.ShutdownComplete, _capabilities.ReadyTimeout, "shut down", CancellationToken.None);
        }
        catch (NvmeException)
        {
            // A controller that cannot shut down in order is still disabled below; nobody is served by an exception from Dispose.
        }

        try
        {
            Disable(CancellationToken.None);
        }
        catch (NvmeException)
        {
            // Gone or stuck. Closing the device turns bus mastering off and resets the function before the memory is unmapped.
        }
    }

    private ReadOnlySpan<byte> IdentifyPage(string name, byte cns, uint @namespace, CancellationToken cancellation)
    {
        // What an answer before left here must not pass for this one's.
        Span<byte> page = _memory.Span.Slice(DataOffset, PageSize);
        page.Fill(Untouched);
        Execute(NvmeCommand.Identify(name, cns, @namespace, _memory.Iova + DataOffset), cancellation);
        if (!IsWritten(page))
        {
            throw new NvmeException($"{_device.Address} completed {name} without writing its {PageSize} bytes to IOVA 0x{_memory.Iova + DataOffset:x}: its DMA did not arrive");
        }

        BytesReceived += PageSize;
        return page;
    }

    /// <summary>Whether a device wrote all of a page that was filled with <see cref="Untouched"/>: no 512 bytes on end are as they were.</summary>
    internal static bool IsWritten(ReadOnlySpan<byte> page)
    {
        const int Stretch = 512;
        for (int at = 0; at < page.Length; at += Stretch)
        {
            if (!page.Slice(at, Stretch).ContainsAnyExcept(Untouched))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>One command at a time: submits it, rings the doorbell, waits for its completion and consumes that.</summary>
    private void Execute(in NvmeCommand command, CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(!_enabled, this);
        int entries = Math.Min(QueueEntries, _capabilities.MaximumQueueEntries);
        ushort id = _nextId++;
        command.Write(_memory.Span.Slice(SubmissionOffset + (_tail * NvmeCommand.Size), NvmeCommand.Size), id);
        _tail = (_tail + 1) % entries;
        _registers.Write32(Doorbell(0), (uint)_tail);
        WaitForCompletion(command.Name, cancellation);

        ReadOnlySpan<byte> completion = _memory.Span.Slice(CompletionOffset + (_head * CompletionSize), CompletionSize);
        ushort answered = BinaryPrimitives.ReadUInt16LittleEndian(completion[12..]);
        int status = BinaryPrimitives.ReadUInt16LittleEndian(completion[14..]) >> 1;
        _head++;
        if (_head == entries)
        {
            _head = 0;
            _phase = !_phase;
        }

        _registers.Write32(Doorbell(1), (uint)_head);
        CommandsCompleted++;
        if (answered != id)
        {
            throw new NvmeException($"{_device.Address} completed command {answered}, which was not submitted ({command.Name} is {id})");
        }

        if ((status & 0x7ff) != 0)
        {
            throw new NvmeException(command.Name, status & 0x7ff);
        }
    }

    /// <summary>With an interrupt, it is waited for first, so that a lost one shows in <see cref="InterruptsReceived"/>; the phase bit alone decides.</summary>
    private void WaitForCompletion(string name, CancellationToken cancellation)
    {
        if (_interrupts is not null)
        {
            InterruptsReceived += _interrupts[0].Wait(InterruptGrace, cancellation);
        }

        long start = Stopwatch.GetTimestamp();
        while (!CompletionArrived())
        {
            cancellation.ThrowIfCancellationRequested();
            if (Stopwatch.GetElapsedTime(start) > CommandTimeout)
            {
                uint status = Read32(NvmeRegisters.Status);
                throw new NvmeException($"{_device.Address} did not answer {name} in {CommandTimeout.TotalSeconds:0} s (CSTS 0x{status:x8})");
            }

            Thread.Sleep(1);
        }
    }

    /// <summary>The phase bit is in the low byte of the status field. The acquire keeps the entry's other reads behind it.</summary>
    private bool CompletionArrived()
        => (Volatile.Read(ref _memory.Span[CompletionOffset + (_head * CompletionSize) + 14]) & 1) == (_phase ? 1 : 0);

    /// <summary>Doorbells of queue 0: submission tail first, completion head behind it.</summary>
    private ulong Doorbell(uint index) => NvmeRegisters.Doorbells + (index * _capabilities.DoorbellStride);

    private void WaitForStatus(
        uint mask, uint value, TimeSpan timeout, string what, CancellationToken cancellation, bool fatalIsFailure = true)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            uint status = Read32(NvmeRegisters.Status);
            if ((status & mask) == value)
            {
                return;
            }

            if (fatalIsFailure && (status & NvmeRegisters.Fatal) != 0)
            {
                throw new NvmeException($"{_device.Address} reports a fatal controller error (CSTS 0x{status:x8}); reset it and try again");
            }

            cancellation.ThrowIfCancellationRequested();
            if (Stopwatch.GetElapsedTime(start) > timeout)
            {
                throw new NvmeException($"{_device.Address} did not {what} in {timeout.TotalSeconds:0.#} s (CSTS 0x{status:x8})");
            }

            Thread.Sleep(1);
        }
    }

    private uint Read32(ulong offset)
    {
        uint value = _registers.Read32(offset);
        // No register this driver reads is all ones in a working controller; CAP is read in halves and only after CSTS was checked.
        return value != NvmeRegisters.Absent
            ? value
            : throw new NvmeException($"{_device.Address} answers all ones at 0x{offset:x}: it is off the bus, in a low-power state, or its memory decoding is off");
    }

    /// <summary>In two halves: every controller takes 32-bit accesses, not every one 64-bit.</summary>
    private ulong Read64(ulong offset) => _registers.Read32(offset) | ((ulong)_registers.Read32(offset + 4) << 32);

    private void Write64(ulong offset, ulong value)
    {
        _registers.Write32(offset, (uint)value);
        _registers.Write32(offset + 4, (uint)(value >> 32));
    }
}
