using Vfio.Hardware.Pci;
using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.SoftKernel.VfioPci;

/// <summary>The stream a function's state is written to. Linux: drivers/vfio/pci/mlx5/main.c mlx5vf_resume_fops.</summary>
/// <remarks>Its lock is <see cref="VfioPciMigration.Lock"/>. It keeps one record, however many are written.</remarks>
internal sealed class MigrationLoadFile(VfioPciMigration owner, PciModel model, ISystemCalls host, int stateSize) : OpenFile
{
    private readonly HostMemfd _host = new(host, "vfio-migration");
    private readonly byte[] _record = new byte[MigrationRecord.HeaderSize + stateSize];
    private readonly byte[] _loaded = new byte[stateSize];
    private int _filled;
    private bool _hasState;
    private bool _disabled;

    /// <inheritdoc/>
    public override int HostDescriptor => _host.Descriptor;

    /// <inheritdoc/>
    public override UapiFile? Kind => UapiFile.MigrationData;

    /// <inheritdoc/>
    public override FileStatus Status => new() { Mode = 0x180 };

    /// <inheritdoc/>
    public override bool IsStream => true;

    /// <summary>EINVAL as soon as a header is not of this kind of function; what went before it is taken.</summary>
    public override nint Write(KernelTask task, ReadOnlySpan<byte> buffer, ref long position)
    {
        lock (owner.Lock)
        {
            if (_disabled)
            {
                return -(int)Errno.ENODEV;
            }

            int done = 0;
            while (done < buffer.Length)
            {
                int end = _filled < MigrationRecord.HeaderSize ? MigrationRecord.HeaderSize : _record.Length;
                int piece = Math.Min(buffer.Length - done, end - _filled);
                buffer.Slice(done, piece).CopyTo(_record.AsSpan(_filled));
                _filled += piece;
                if (_filled == MigrationRecord.HeaderSize && !MigrationRecord.IsFor(_record.AsSpan(0, _filled), model, stateSize))
                {
                    _filled -= piece;
                    return -(int)Errno.EINVAL;
                }

                done += piece;
                if (_filled == _record.Length)
                {
                    _record.AsSpan(MigrationRecord.HeaderSize).CopyTo(_loaded);
                    (_hasState, _filled) = (true, 0);
                }
            }

            return done;
        }
    }

    /// <summary>What was written; empty when nothing was. False when it ends inside a record. Under the owner's lock.</summary>
    internal bool TryFinish(out ReadOnlySpan<byte> loaded)
    {
        loaded = _hasState ? _loaded : default;
        return _filled == 0;
    }

    /// <summary>The device has left RESUMING. Under the owner's lock.</summary>
    internal void Disable() => _disabled = true;

    /// <inheritdoc/>
    protected override void Release() => _host.Close();
}
