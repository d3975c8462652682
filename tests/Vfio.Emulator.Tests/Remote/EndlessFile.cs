using Vfio.SoftKernel.Core;
using Vfio.Uapi;

namespace Vfio.Emulator.Tests.Remote;

/// <summary>A stream that never runs out.</summary>
/// <param name="host">The host.</param>
internal sealed class EndlessFile(ISystemCalls host) : OpenFile
{
    public override bool IsStream => true;

    public override int HostDescriptor { get; } = host.Eventfd(1, EventfdFlags.NonBlocking);

    public override FileStatus Status => default;

    public bool IsReleased { get; private set; }

    public override nint Read(KernelTask task, Span<byte> buffer, ref long position) => buffer.Length;

    protected override void Release()
    {
        host.Close(HostDescriptor);
        IsReleased = true;
    }
}
