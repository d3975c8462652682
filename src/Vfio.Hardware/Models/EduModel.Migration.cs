using System.Buffers.Binary;
using Vfio.Hardware.Pci;

namespace Vfio.Hardware.Models;

// Moving it: what it was computing and transferring waits while it is held back, and goes with its registers.
public sealed partial class EduModel
{
    // "EDU1", then the registers and the buffer.
    private const uint StateMagic = 0x31554445;
    private const int RegistersInState = 8 + (4 * 4) + (4 * 8);

    private ModelActivity _activity;
    // Work items that have not ended; one whose result is there may still be raising its interrupt.
    private int _transfers;
    private int _computations;

    /// <inheritdoc/>
    public int StateSize => RegistersInState + BufferSize;

    /// <inheritdoc/>
    public void SetActivity(ModelActivity activity)
    {
        bool transfer, compute;
        lock (_lock)
        {
            _activity = activity;
            transfer = activity == ModelActivity.Running && (_dmaCommand & DmaRun) != 0 && Volatile.Read(ref _transfers) == 0;
            compute = activity != ModelActivity.Stopped && (_status & StatusComputing) != 0 && Volatile.Read(ref _computations) == 0;
            Interlocked.Add(ref _transfers, transfer ? 1 : 0);
            Interlocked.Add(ref _computations, compute ? 1 : 0);
        }

        if (transfer)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }

        if (compute)
        {
            ThreadPool.UnsafeQueueUserWorkItem(_factorialWork, preferLocal: false);
        }

        if (activity == ModelActivity.Running && !MsiEnabled)
        {
            DriveIntx();
        }

        // Each ends by itself: at most 4 KiB, at most 34 products.
        SpinWait.SpinUntil(() => (activity == ModelActivity.Running || Volatile.Read(ref _transfers) == 0)
            && (activity != ModelActivity.Stopped || Volatile.Read(ref _computations) == 0));
    }

    /// <inheritdoc/>
    public void SaveState(Span<byte> destination)
    {
        lock (_lock)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(destination, StateMagic);
            BinaryPrimitives.WriteInt32LittleEndian(destination[4..], StateSize);
            uint[] small = [_inverted, _factorial, _status, _interruptStatus];
            for (int i = 0; i < small.Length; i++)
            {
                BinaryPrimitives.WriteUInt32LittleEndian(destination[(8 + (i * 4))..], small[i]);
            }

            ulong[] large = [_dmaSource, _dmaDestination, _dmaCount, _dmaCommand];
            for (int i = 0; i < large.Length; i++)
            {
                BinaryPrimitives.WriteUInt64LittleEndian(destination[(24 + (i * 8))..], large[i]);
            }

            _buffer.CopyTo(destination[RegistersInState..]);
        }
    }

    /// <inheritdoc/>
    public bool TryLoadState(ReadOnlySpan<byte> state)
    {
        if (state.Length != StateSize || BinaryPrimitives.ReadUInt32LittleEndian(state) != StateMagic
            || BinaryPrimitives.ReadInt32LittleEndian(state[4..]) != StateSize)
        {
            return false;
        }

        lock (_lock)
        {
            _inverted = BinaryPrimitives.ReadUInt32LittleEndian(state[8..]);
            _factorial = BinaryPrimitives.ReadUInt32LittleEndian(state[12..]);
            _status = BinaryPrimitives.ReadUInt32LittleEndian(state[16..]) & (StatusComputing | StatusInterruptAfterFactorial);
            _interruptStatus = BinaryPrimitives.ReadUInt32LittleEndian(state[20..]);
            _dmaSource = BinaryPrimitives.ReadUInt64LittleEndian(state[24..]);
            _dmaDestination = BinaryPrimitives.ReadUInt64LittleEndian(state[32..]);
            _dmaCount = BinaryPrimitives.ReadUInt64LittleEndian(state[40..]);
            _dmaCommand = BinaryPrimitives.ReadUInt64LittleEndian(state[48..]);
            state[RegistersInState..].CopyTo(_buffer);
            return true;
        }
    }
}
