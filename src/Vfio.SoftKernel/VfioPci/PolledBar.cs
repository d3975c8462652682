using System.Buffers.Binary;
using Vfio.Hardware.Pci;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>
/// A BAR that programs map although its model acts on stores: the registers stand in shared pages, which are looked at from time to time. What a program has stored
/// goes to the model, and what the model has changed to the pages, before an interrupt tells of it.
/// </summary>
/// <remarks>
/// A part that the model looks at itself (<see cref="PciModel.WatchedArea"/>) is not looked at here: the model is given those pages, from the first mapping to the function's end.
/// <para>
/// A store is seen when it changes what the page shows; of two to one register between two looks the later is. Whoever waits for a command's end (its register, or
/// an interrupt) before the next store to it loses none. The lock is held while the model is called, and a model calls out: it is taken again by the same thread.
/// </para>
/// </remarks>
internal sealed class PolledBar
{
    // How often a snapshot is taken again while stores come in.
    private const int MostSnapshots = 8;

    // After something happened more is likely to.
    private const int EagerLooks = 500;
    private const int Interval = 1;

    private readonly Lock _lock = new();
    private readonly VfioPciDevice _device;
    private readonly int _bar;
    private readonly long _position;
    private readonly IReadOnlyList<PciSharedRegister> _registers;
    private readonly ulong[] _shown;
    private readonly ulong[] _found;
    private readonly ulong[] _stored;
    private readonly byte[] _page;
    private readonly byte[] _again;
    private readonly PciBarArea? _watched;
    private volatile PciSharedPages? _watchedPages;
    private bool _started;
    private volatile bool _stopped;

    /// <summary>Shows a function's registers in its file.</summary>
    /// <param name="device">The function.</param>
    /// <param name="bar">Which BAR.</param>
    /// <param name="position">Where it begins in the file.</param>
    public PolledBar(VfioPciDevice device, int bar, long position)
    {
        _device = device;
        _bar = bar;
        _position = position;
        _registers = device.Model.SharedRegisters(bar);
        _shown = new ulong[_registers.Count];
        _found = new ulong[_registers.Count];
        _stored = new ulong[_registers.Count];
        _watched = device.Model.WatchedArea(bar);
        _page = new byte[_registers.Max(static register => (int)register.Offset + register.Size)];
        _again = new byte[_page.Length];
        lock (_lock)
        {
            for (int i = 0; i < _shown.Length; i++)
            {
                Show(i, InModel(i));
            }
        }
    }

    /// <summary>It is mapped: from now on it is looked at.</summary>
    public void Start()
    {
        lock (_lock)
        {
            if (_started)
            {
                return;
            }

            if (_watched is { } area && _watchedPages is null)
            {
                // Files of an emulated machine cannot be sealed.
                long position = _position + (long)area.Offset;
                _watchedPages = MappedPages.Map(_device.Host, _device.HostDescriptor, position, area.Size) as PciSharedPages
                    ?? new ReadPages(_device.Host, _device.HostDescriptor, position, (int)area.Size);
                _device.Model.WatchPages(_bar, _watchedPages);
            }

            // Where no thread is to be had, whoever maps is told, and may try again.
            new Thread(Poll) { IsBackground = true, Name = "vfio-polled-bar" }.Start();
            _started = true;
        }
    }

    /// <summary>The function is closed: nothing stored from now on arrives.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            _stopped = true;
            if (_watchedPages is { } pages)
            {
                _device.Model.WatchPages(_bar, null);
                pages.Dispose();
            }
        }
    }

    /// <summary>The function was reset: its registers stand as it left them, and what was stored before and not found is lost.</summary>
    public void Forget()
    {
        lock (_lock)
        {
            for (int i = 0; i < _shown.Length && !_stopped; i++)
            {
                Show(i, InModel(i));
            }
        }
    }

    /// <summary>A load through the file: after the stores to the pages before it.</summary>
    public void Read(ulong offset, Span<byte> destination)
    {
        if (IsWatched(offset))
        {
            // What is mapped reads as it was stored, whichever way it is read.
            if (_watchedPages is null || _device.Host.Pread(_device.HostDescriptor, destination, _position + (long)offset) != destination.Length)
            {
                _device.Model.ReadBar(_bar, offset, destination);
            }

            return;
        }

        lock (_lock)
        {
            Look();
            _device.Model.ReadBar(_bar, offset, destination);
        }
    }

    /// <summary>A store through the file.</summary>
    public void Write(ulong offset, ReadOnlySpan<byte> source)
    {
        if (IsWatched(offset))
        {
            if (_watchedPages is not null)
            {
                _device.Host.Pwrite(_device.HostDescriptor, source, _position + (long)offset);
            }

            _device.Model.WriteBar(_bar, offset, source);
            return;
        }

        lock (_lock)
        {
            Look();
            _device.Model.WriteBar(_bar, offset, source);
            ShowChanges();
        }
    }

    /// <summary>Shows what the model has changed: an interrupt is about to say so.</summary>
    public void ShowChanges()
    {
        lock (_lock)
        {
            if (_stopped || !TrySnapshot())
            {
                return;
            }

            for (int i = 0; i < _shown.Length; i++)
            {
                // What a program has stored and nobody has looked at is not covered up.
                if (_found[i] == _shown[i] && InModel(i) is var value && value != _shown[i])
                {
                    Show(i, value);
                }
            }
        }
    }

    private void Poll()
    {
        int eager = EagerLooks;
        while (!_stopped)
        {
            bool any;
            lock (_lock)
            {
                any = Look();
            }

            eager = any ? EagerLooks : Math.Max(eager - 1, 0);
            if (eager == 0)
            {
                Thread.Sleep(Interval);
            }
            else
            {
                Thread.Yield();
            }
        }
    }

    // Under the lock: true when a program had stored anything.
    private bool Look()
    {
        if (_stopped || !TrySnapshot())
        {
            return false;
        }

        // What the model does at a store may come back here by an interrupt, and take a snapshot of its own.
        _found.CopyTo(_stored, 0);
        bool any = false;
        for (int i = 0; i < _shown.Length; i++)
        {
            if (_stored[i] == _shown[i])
            {
                continue;
            }

            any = true;
            _shown[i] = _stored[i];
            if (_device.AnswersMemory && _device.Model.IsPresent)
            {
                Store(i, _stored[i]);
            }
        }

        ShowChanges();
        return any;
    }

    // Under the lock. All registers as they were at one moment: a command that is there has its arguments there. Two equal readings are that; x86 shows stores in their order.
    private bool TrySnapshot()
    {
        if (!TryReadPage(_page))
        {
            return false;
        }

        if (IsAsShown())
        {
            return true;
        }

        for (int i = 0; i < MostSnapshots; i++)
        {
            if (!TryReadPage(_again))
            {
                return false;
            }

            if (_again.AsSpan().SequenceEqual(_page))
            {
                return true;
            }

            _again.CopyTo(_page, 0);
            IsAsShown();
        }

        return false;
    }

    private bool TryReadPage(byte[] page) => _device.Host.Pread(_device.HostDescriptor, page, _position) == page.Length;

    private bool IsAsShown()
    {
        bool same = true;
        for (int i = 0; i < _shown.Length; i++)
        {
            PciSharedRegister register = _registers[i];
            ReadOnlySpan<byte> at = _page.AsSpan((int)register.Offset);
            _found[i] = register.Size == 8 ? BinaryPrimitives.ReadUInt64LittleEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);
            same &= _found[i] == _shown[i];
        }

        return same;
    }

    private bool IsWatched(ulong offset) => _watched is { } area && offset - area.Offset < area.Size;

    // Of a function that was pulled out everything reads as ones.
    private ulong InModel(int index)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        PciSharedRegister register = _registers[index];
        if (!_device.Model.IsPresent)
        {
            bytes[..register.Size].Fill(0xff);
        }
        else if (!register.ShowsZero)
        {
            _device.Model.ReadBar(_bar, register.Offset, bytes[..register.Size]);
        }

        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private void Store(int index, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _device.Model.WriteBar(_bar, _registers[index].Offset, bytes[.._registers[index].Size]);
    }

    private void Show(int index, ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        PciSharedRegister register = _registers[index];
        _device.Host.Pwrite(_device.HostDescriptor, bytes[..register.Size], _position + (long)register.Offset);
        _shown[index] = value;
    }
}
