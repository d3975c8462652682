using System.Diagnostics;

namespace Vfio.Emulator.Tests.Programs;

/// <summary>A program of tests/c, compiled once for all tests.</summary>
internal static class CProgram
{
    private static readonly Lock s_lock = new();

    /// <summary>Its path; the test is skipped by name where there is no C compiler.</summary>
    public static string Build(string name)
    {
        string[] path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        Assert.SkipUnless(Array.Exists(path, directory => File.Exists(Path.Combine(directory, "gcc"))), "gcc is not on the PATH");
        string source = Path.Combine(Root(), "tests", "c", $"{name}.c");
        string program = Path.Combine(AppContext.BaseDirectory, $"{name}.c.out");
        lock (s_lock)
        {
            if (!File.Exists(program) || File.GetLastWriteTimeUtc(program) < File.GetLastWriteTimeUtc(source))
            {
                using Process compiler = Process.Start("gcc", ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", program, source]);
                compiler.WaitForExit();
                Assert.Equal(0, compiler.ExitCode);
            }
        }

        return program;
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
