namespace Vfio.Emulator.Tests.Programs;

/// <summary>Somebody who is not root: who runs the tests, or one whom root becomes for a program.</summary>
internal static class OrdinaryUser
{
    // Nobody who has files.
    private const string Id = "65533";

    /// <summary>What stands before a command that he is to run; skips the test by name where root cannot become him.</summary>
    public static string[] Prefix()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return ["env"];
        }

        CProgram.SkipUnlessFound("setpriv");
        return ["setpriv", "--reuid", Id, "--regid", Id, "--clear-groups"];
    }

    /// <summary>Runs a command as him.</summary>
    public static EmulatedRun Run(params string[] command) => EmulatedRun.Run(Prefix()[0], [.. Prefix()[1..], .. command]);

    /// <summary>Skips the test by name where he does not reach a file.</summary>
    public static void SkipUnlessReached(string path) => Assert.SkipUnless(Run("test", "-r", path).Status == 0, $"an ordinary user does not reach {path}");
}
