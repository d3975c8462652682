namespace Vfio.Lanes.Tests;

/// <summary>A boot of eng/guest.</summary>
internal static class Guest
{
    /// <summary>
    /// Boots a machine. Where QEMU crashed, which its users cannot mend and which no guest is to bring about, once more, and the run says so; a second time is a failure.
    /// </summary>
    public static async Task<Command> BootAsync(string[] arguments, int seconds)
    {
        Command boot = await Command.RunAsync(Repository.At("eng", "guest"), arguments, seconds);
        if (boot.ExitCode != 125 || !boot.Errors.Contains("QEMU died of signal", StringComparison.Ordinal))
        {
            return boot;
        }

        TestContext.Current.AddWarning($"guest lane: QEMU crashed and was started again:\n{boot.Errors}");
        return await Command.RunAsync(Repository.At("eng", "guest"), arguments, seconds);
    }
}
