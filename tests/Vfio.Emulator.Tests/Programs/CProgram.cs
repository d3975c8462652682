using System.Diagnostics;

namespace Vfio.Emulator.Tests.Programs;

/// <summary>A program of tests/c, compiled once for all tests.</summary>
internal static class CProgram
{
    private static readonly Lock s_lock = new();

    /// <summary>Its path; a folder is one program. The test is skipped by name where there is no C compiler.</summary>
    public static string Build(string name)
    {
        SkipUnlessFound("gcc");
        string folder = Path.Combine(Root(), "tests", "c", name);
        string[] sources = Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.c"), .. Directory.GetFiles(folder, "*.h")] : [Path.Combine(Root(), "tests", "c", $"{name}.c")];
        sources = [.. sources.Order(StringComparer.Ordinal)];
        string program = Path.Combine(AppContext.BaseDirectory, $"{name}.c.out");
        lock (s_lock)
        {
            if (!File.Exists(program) || File.GetLastWriteTimeUtc(program) < sources.Max(File.GetLastWriteTimeUtc))
            {
                string[] compiled = [.. sources.Where(static source => source.EndsWith(".c", StringComparison.Ordinal))];
                using Process compiler = Process.Start("gcc", ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", program, .. compiled]);
                compiler.WaitForExit();
                Assert.Equal(0, compiler.ExitCode);
            }
        }

        return program;
    }

    /// <summary>Skips the test by name where the host has no such program.</summary>
    public static void SkipUnlessFound(string program)
    {
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        Assert.SkipUnless(Array.Exists(path, directory => File.Exists(Path.Combine(directory, program))), $"{program} is not on the PATH");
    }

    /// <summary>The repository.</summary>
    public static string Root()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "vfio-dotnet.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new DirectoryNotFoundException("The repository is not above the test.");
        }

        return directory;
    }
}
