namespace Vfio.Transcripts.Play;

/// <summary>Who a process is.</summary>
/// <param name="UserId">Its user.</param>
/// <param name="Capabilities">Its capabilities, a bit each.</param>
/// <param name="MemlockLimit">RLIMIT_MEMLOCK in bytes.</param>
internal sealed record ProcessSettings(uint UserId, ulong Capabilities, ulong MemlockLimit)
{
    /// <summary>Root with everything, as the first process.</summary>
    public static ProcessSettings Root { get; } = new(0, ulong.MaxValue, ulong.MaxValue);

    /// <summary>Whether it has a capability of linux/capability.h.</summary>
    public bool Has(int capability) => (Capabilities >> capability & 1) != 0;
}
