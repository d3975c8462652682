using Vfio.Uapi;

namespace Vfio.Emulator.Remote;

/// <summary>One descriptor of ours.</summary>
/// <param name="host">The host.</param>
/// <param name="number">Its number; owned.</param>
internal sealed class SharedDescriptor(ISystemCalls host, int number) : Counted
{
    /// <summary>Its number, for as long as one holds a use of it.</summary>
    public int Number => number;

    /// <inheritdoc/>
    protected override void Free() => host.Close(number);
}
