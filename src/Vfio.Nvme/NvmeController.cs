using System.Diagnostics;

namespace Vfio.Nvme;

/// <summary>
/// An NVMe controller: brought up, asked who it is, given queues for I/O, reset where it stops answering, shut down in order.
/// </summary>
/// <remarks>
/// <para>The device is the caller's: it must outlive the controller and is not disposed with it. Everything the controller answers is taken as
/// hostile: queue heads and command ids are checked, reads of all ones mean that it is gone, and every wait ends.</para>
/// <para>Safe to use from several threads, which wait for each other; each <see cref="NvmeQueue"/> is one thread's. Dispose it when no thread uses its queues any more.</para>
/// <para>A command that is not answered within <see cref="CommandTimeout"/> is aborted (Abort); where it is still not answered as long after, or the controller says that it cannot go
/// on, the controller is reset: stopped, started, its queues made again. Every command under way then ends once, with <see cref="NvmeCompletion.WasLost"/> or
/// <see cref="NvmeFailure.AbortedByReset"/>, and later ones work. Any thread may come to do so while others use their queues: each finds out by itself, at its next call.</para>
/// <para>One that is pulled out answers all ones, or nothing at all: within a tenth of a second of polling, or half a second of waiting, what was under way ends with
/// <see cref="NvmeFailure.Gone"/>, and so does every call from then on. Where the kernel asks for the device first (<see cref="VfioDevice.ReleaseRequested"/>), the program ends its
/// threads, then disposes the controller and the device.</para>
/// </remarks>
public sealed partial class NvmeController : IDisposable
{
    private const int QueueEntries = 32;
    private const int PageSize = 4096;

    /// <summary>No answer to Identify has 512 bytes of it.</summary>
    internal const byte Untouched = 0xa5;

    // Guards everything but the queues, which only look at the epoch. Held while a command of the admin queue is under way, and during a reset.
    private readonly Lock _lock = new();
    private readonly Region _registers;
    private readonly NvmeCapabilities _capabilities;
    private readonly int _adminEntries;
    private readonly ulong _dataOffset;
    private readonly DmaBuffer _memory;
    private readonly InterruptSet? _interrupts;
    private readonly NvmeRing _admin;
    private TimeSpan _commandTimeout = TimeSpan.FromSeconds(10);
    private bool _enabled;
    private bool _disposed;

    private NvmeController(VfioDevice device, int vectors, CancellationToken cancellation)
    {
        Device = device;
        _registers = device.Bars[0];
        if (_registers.Size < NvmeRegisters.Doorbells + PageSize)
        {
            throw new NvmeException($"{Device.Address} has no NVMe register file: BAR 0 is {_registers.Size} bytes long");
        }

        _ = Read32(NvmeRegisters.Status);
        _capabilities = new(Read64(NvmeRegisters.Capabilities));
        if (!_capabilities.NvmCommandSet)
        {
            throw new NvmeException($"{Device.Address} does not offer the NVM command set (CAP 0x{_capabilities.Raw:x16})");
        }

        if (_capabilities.MinimumPageSize > PageSize)
        {
            throw new NvmeException($"{Device.Address} wants memory pages of {_capabilities.MinimumPageSize} bytes; this driver gives it {PageSize}");
        }

        if (_registers.Size < Doorbell(2))
        {
            throw new NvmeException($"{device.Address} puts its doorbells outside BAR 0 (CAP 0x{_capabilities.Raw:x16}, {_registers.Size} bytes)");
        }

        // Allocating DMA memory turns bus mastering on: a controller left running must have stopped before.
        Disable(cancellation);
        _adminEntries = Math.Min(QueueEntries, _capabilities.MaximumQueueEntries);
        _dataOffset = NvmeRing.BytesFor(_adminEntries, listPages: 0);
        _memory = device.AllocateDma(_dataOffset + PageSize);
        _admin = new NvmeRing(_registers, _memory, _adminEntries, listPages: 0, Doorbell(0), Doorbell(1));
        try
        {
            _interrupts = vectors > 0 ? EnableInterrupt(device, vectors) : null;
        }
        catch
        {
            _admin.Free();
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

    /// <summary>How many commands of the admin queue the controller has completed, failed ones included.</summary>
    public ulong CommandsCompleted { get; private set; }

    /// <summary>Bytes that the controller has written into our memory as data, completions not counted.</summary>
    public long BytesReceived { get; private set; }

    /// <summary>
    /// How long a command may take before it is aborted, and after that before the controller is reset; 10 seconds. The clock is looked at now and then only, so it can be a tenth of a
    /// second more; and where a queue is polled, only by <see cref="NvmeQueue.Poll"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Not above zero, or above a day.</exception>
    public TimeSpan CommandTimeout
    {
        get => _commandTimeout;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromDays(1));
            _commandTimeout = value;
        }
    }

    /// <summary>
    /// Resets the controller and brings it up with an admin queue of its own. Turns bus mastering on, for it allocates DMA memory.
    /// </summary>
    /// <param name="device">The open device; stays the caller's.</param>
    /// <param name="useInterrupts">Whether to wait for completions by MSI-X or, without it, MSI. Polls where the device has neither.</param>
    /// <param name="vectors">How many MSI-X vectors to enable, at most those it has: one for itself and one for each queue that is to have its own.</param>
    /// <param name="cancellation">Ends the wait for the controller; it is left disabled.</param>
    /// <exception cref="NvmeException">It is absent, broken, or did not become ready within the time it states itself (CAP.TO).</exception>
    /// <exception cref="VfioException">The kernel refused memory or the interrupt.</exception>
    public static NvmeController Start(VfioDevice device, bool useInterrupts = true, int vectors = 1, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfLessThan(vectors, 1);
        NvmeController controller = new(device, useInterrupts ? vectors : 0, cancellation);
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

    /// <summary>
    /// Shuts the controller down in order (CC.SHN), disables it, and frees interrupt and memory; its queues end. A controller that is gone is let go. May be called again.
    /// </summary>
    public void Dispose()
    {
        NvmeAsyncQueue[] asyncQueues;
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            _disposed = true;
            asyncQueues = [.. _asyncQueues];
            try
            {
                Stop();
            }
            finally
            {
                Volatile.Write(ref _epoch, _epoch + 1);
            }
        }

        _interrupts?.Dispose();
        foreach (NvmeAsyncQueue queue in asyncQueues)
        {
            queue.StopPump();
            queue.EndAll();
        }

        foreach (NvmeQueuePair? pair in _pairs)
        {
            pair?.Free();
        }

        _admin.Free();
        _memory.Dispose();
    }

    /// <summary>The open device; its user's.</summary>
    internal VfioDevice Device { get; }

    private InterruptSet? EnableInterrupt(VfioDevice device, int vectors)
    {
        if (device.GetInterruptInfo(Vfio.InterruptKind.Msix).Count is > 0 and int offered)
        {
            InterruptKind = Vfio.InterruptKind.Msix;
            return device.EnableMsix(Math.Min(vectors, offered));
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
        _admin.Reset();
        _eventTag = NoTag;
        uint last = (uint)_adminEntries - 1;
        _registers.Write32(NvmeRegisters.AdminQueueAttributes, (last << 16) | last);
        Write64(NvmeRegisters.AdminSubmissionQueue, _admin.SubmissionIova);
        Write64(NvmeRegisters.AdminCompletionQueue, _admin.CompletionIova);
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
        catch (Exception e) when (e is NvmeException or VfioException or ObjectDisposedException)
        {
            // A controller that cannot shut down in order is still disabled below; nobody is served by an exception from Dispose.
        }

        try
        {
            Silence();
        }
        catch (Exception e) when (e is NvmeException or VfioException or ObjectDisposedException)
        {
            // Gone or stuck, and kept from memory.
        }
    }

    /// <summary>Whether a device wrote all of a page that was filled with <see cref="Untouched"/>: no 512 bytes on end are as they were.</summary>
    internal static bool IsWritten(ReadOnlySpan<byte> page)
    {
        const int Stretch = 512;
        for (; !page.IsEmpty; page = page[Math.Min(Stretch, page.Length)..])
        {
            if (!page[..Math.Min(Stretch, page.Length)].ContainsAnyExcept(Untouched))
            {
                return false;
            }
        }

        return true;
    }

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
                throw new NvmeException($"{Device.Address} reports a fatal controller error (CSTS 0x{status:x8}); reset it and try again", NvmeFailure.Fatal);
            }

            cancellation.ThrowIfCancellationRequested();
            if (Stopwatch.GetElapsedTime(start) > timeout)
            {
                throw new NvmeException($"{Device.Address} did not {what} in {timeout.TotalSeconds:0.#} s (CSTS 0x{status:x8}); reset it, or switch it off and on", NvmeFailure.Fatal);
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
            : throw new NvmeException($"{Device.Address} answers all ones at 0x{offset:x}: it is off the bus, in a low-power state, or its memory decoding is off", NvmeFailure.Gone);
    }

    /// <summary>In two halves: every controller takes 32-bit accesses, not every one 64-bit.</summary>
    private ulong Read64(ulong offset) => _registers.Read32(offset) | ((ulong)_registers.Read32(offset + 4) << 32);

    private void Write64(ulong offset, ulong value)
    {
        _registers.Write32(offset, (uint)value);
        _registers.Write32(offset + 4, (uint)(value >> 32));
    }
}
