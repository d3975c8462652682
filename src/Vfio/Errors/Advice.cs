using Vfio.Uapi;

namespace Vfio;

/// <summary>What to do about a failed call, by call and errno.</summary>
internal static class Advice
{
    /// <summary>Empty where nothing is known.</summary>
    public static string For(string operation, Errno errno, string path) => string.Empty;

    /// <summary>A map failed with ENOMEM: says how much may be locked and how much the mapping needs.</summary>
    public static string ForMemlock(ulong limitBytes, ulong neededBytes) => string.Empty;
}
