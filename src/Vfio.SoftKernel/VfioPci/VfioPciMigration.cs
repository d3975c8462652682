using System.Diagnostics;
using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.VfioCore;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>
/// Moves a function's state: what a variant driver adds to vfio-pci. Linux: mig_ops of drivers/vfio/pci/mlx5/main.c, whose errnos these are
/// where the contract in include/uapi/linux/vfio.h leaves them open.
/// </summary>
/// <remarks>
/// One lock (state_mutex) over the state and over its streams, inside VfioPci's memory lock. It is held while the model is held back, which
/// waits for its DMA; a model never calls in here.
/// </remarks>
internal sealed class VfioPciMigration(PciModel model, IMigratable state, ISystemCalls host) : IVfioMigration
{
    private MigrationSaveFile? _saving;
    private MigrationLoadFile? _loading;
    private uint _state = VfioUapi.VFIO_DEVICE_STATE_RUNNING;
    private bool _precopyInfoV2;

    /// <summary>state_mutex.</summary>
    internal Lock Lock { get; } = new();

    /// <inheritdoc/>
    public ulong Features => VfioUapi.VFIO_MIGRATION_STOP_COPY | VfioUapi.VFIO_MIGRATION_P2P | VfioUapi.VFIO_MIGRATION_PRE_COPY;

    /// <inheritdoc/>
    public uint State
    {
        get
        {
            lock (Lock)
            {
                return _state;
            }
        }
    }

    /// <inheritdoc/>
    public ulong DataSize => (ulong)(MigrationRecord.HeaderSize + state.StateSize);

    /// <inheritdoc/>
    public bool PrecopyInfoV2
    {
        get => Volatile.Read(ref _precopyInfoV2);
        set => Volatile.Write(ref _precopyInfoV2, value);
    }

    /// <summary>In PRE_COPY or PRE_COPY_P2P. Under <see cref="Lock"/>.</summary>
    internal bool IsPreCopy => _state is VfioUapi.VFIO_DEVICE_STATE_PRE_COPY or VfioUapi.VFIO_DEVICE_STATE_PRE_COPY_P2P;

    /// <summary>In PRE_COPY, where the device goes on changing. Under <see cref="Lock"/>.</summary>
    internal bool IsChanging => _state == VfioUapi.VFIO_DEVICE_STATE_PRE_COPY;

    /// <inheritdoc/>
    public Errno SetState(uint wanted, out OpenFile? data, out OpenFlags flags)
    {
        data = null;
        flags = OpenFlags.ReadOnly;
        lock (Lock)
        {
            while (_state != wanted)
            {
                Errno error = MigrationStates.Next(Features, _state, wanted, out uint next);
                if (error == Errno.None)
                {
                    error = Step(next, out data);
                }

                if (error != Errno.None)
                {
                    return error;
                }

                _state = next;
            }

            flags = data is MigrationLoadFile ? OpenFlags.WriteOnly : OpenFlags.ReadOnly;
            return Errno.None;
        }
    }

    /// <summary>The function was reset, or is closed: it runs, and its streams are dead. Linux: mlx5vf_pci_aer_reset_done.</summary>
    internal void Reset()
    {
        lock (Lock)
        {
            EndStreams();
            _state = VfioUapi.VFIO_DEVICE_STATE_RUNNING;
            state.SetActivity(ModelActivity.Running);
        }
    }

    /// <summary>The state as it is now, as one record of the stream. Under <see cref="Lock"/>.</summary>
    internal byte[] TakeRecord()
    {
        byte[] record = new byte[MigrationRecord.HeaderSize + state.StateSize];
        MigrationRecord.WriteHeader(record, model, state.StateSize);
        state.SaveState(record.AsSpan(MigrationRecord.HeaderSize));
        return record;
    }

    private Errno Step(uint next, out OpenFile? data)
    {
        data = null;
        switch ((_state, next))
        {
            case (VfioUapi.VFIO_DEVICE_STATE_RUNNING, VfioUapi.VFIO_DEVICE_STATE_RUNNING_P2P):
            case (VfioUapi.VFIO_DEVICE_STATE_PRE_COPY, VfioUapi.VFIO_DEVICE_STATE_PRE_COPY_P2P):
            case (VfioUapi.VFIO_DEVICE_STATE_STOP, VfioUapi.VFIO_DEVICE_STATE_RUNNING_P2P):
                state.SetActivity(ModelActivity.Quiescent);
                return Errno.None;
            case (VfioUapi.VFIO_DEVICE_STATE_RUNNING_P2P, VfioUapi.VFIO_DEVICE_STATE_RUNNING):
            case (VfioUapi.VFIO_DEVICE_STATE_PRE_COPY_P2P, VfioUapi.VFIO_DEVICE_STATE_PRE_COPY):
                state.SetActivity(ModelActivity.Running);
                return Errno.None;
            case (VfioUapi.VFIO_DEVICE_STATE_RUNNING_P2P, VfioUapi.VFIO_DEVICE_STATE_STOP):
                state.SetActivity(ModelActivity.Stopped);
                return Errno.None;
            case (VfioUapi.VFIO_DEVICE_STATE_RUNNING, VfioUapi.VFIO_DEVICE_STATE_PRE_COPY):
            case (VfioUapi.VFIO_DEVICE_STATE_RUNNING_P2P, VfioUapi.VFIO_DEVICE_STATE_PRE_COPY_P2P):
                data = OpenSave(isPreCopy: true);
                return Errno.None;
            case (VfioUapi.VFIO_DEVICE_STATE_STOP, VfioUapi.VFIO_DEVICE_STATE_STOP_COPY):
                data = OpenSave(isPreCopy: false);
                return Errno.None;
            case (VfioUapi.VFIO_DEVICE_STATE_PRE_COPY_P2P, VfioUapi.VFIO_DEVICE_STATE_STOP_COPY):
                state.SetActivity(ModelActivity.Stopped);
                _saving!.Complete();
                return Errno.None;
            case (VfioUapi.VFIO_DEVICE_STATE_STOP, VfioUapi.VFIO_DEVICE_STATE_RESUMING):
                _loading = new MigrationLoadFile(this, model, host, state.StateSize);
                _loading.Get();
                data = _loading;
                return Errno.None;
            case (VfioUapi.VFIO_DEVICE_STATE_RESUMING, VfioUapi.VFIO_DEVICE_STATE_STOP):
                return Load();
            case (VfioUapi.VFIO_DEVICE_STATE_STOP_COPY, VfioUapi.VFIO_DEVICE_STATE_STOP):
            case (VfioUapi.VFIO_DEVICE_STATE_PRE_COPY, VfioUapi.VFIO_DEVICE_STATE_RUNNING):
            case (VfioUapi.VFIO_DEVICE_STATE_PRE_COPY_P2P, VfioUapi.VFIO_DEVICE_STATE_RUNNING_P2P):
                EndStreams();
                return Errno.None;
            default:
                throw new UnreachableException($"migration state {_state} to {next}");
        }
    }

    private MigrationSaveFile OpenSave(bool isPreCopy)
    {
        _saving = new MigrationSaveFile(this, host, TakeRecord(), isPreCopy);
        _saving.Get();
        return _saving;
    }

    // A stream that ends inside a record, or whose state is another device's, is not taken: the device stays in RESUMING.
    private Errno Load()
    {
        if (!_loading!.TryFinish(out ReadOnlySpan<byte> loaded) || (!loaded.IsEmpty && !state.TryLoadState(loaded)))
        {
            return Errno.EINVAL;
        }

        EndStreams();
        return Errno.None;
    }

    // mlx5vf_disable_fds.
    private void EndStreams()
    {
        _saving?.Disable();
        _saving?.Put();
        _saving = null;
        _loading?.Disable();
        _loading?.Put();
        _loading = null;
    }
}
