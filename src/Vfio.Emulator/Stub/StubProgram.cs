using System.Globalization;
using Vfio.Emulator.Notify;
using Vfio.Emulator.Tree;
using Vfio.Uapi;

namespace Vfio.Emulator.Stub;

/// <summary>
/// The small process that becomes the emulated program: makes its view of /dev and /sys, puts itself under the filter, hands the listener to the
/// supervisor and execs. The executable that holds the supervisor runs it when its first argument is <see cref="Marker"/>.
/// </summary>
public static class StubProgram
{
    /// <summary>The first argument of a stub; what follows is the supervisor's business.</summary>
    public const string Marker = "--vfio-emulate-stub";

    /// <summary>Option: the machine has a /dev/kvm.</summary>
    internal const char Kvm = 'k';

    /// <summary>Option: nodes cannot be made, and are told of where their paths are asked about.</summary>
    internal const char StatsByPath = 's';

    /// <summary>Option: exits are of interest.</summary>
    internal const char Exits = 'x';

    private const int NotFound = 127;
    private const int NotRun = 126;

    /// <summary>Is this process a stub?</summary>
    public static bool IsStub(IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        return arguments is [Marker, _, _, _, ..];
    }

    /// <summary>Runs it: returns, with an exit status, only when the program could not be started.</summary>
    /// <param name="arguments">Marker, socket, options, program, its arguments.</param>
    public static int Run(IReadOnlyList<string> arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var channel = new Channel(int.Parse(arguments[1], CultureInfo.InvariantCulture));
        string[] command = [.. arguments.Skip(3)];
        try
        {
            HostMounts.MakeOwn(channel);
        }
        catch (IOException exception)
        {
            Console.Error.WriteLine($"vfio: {exception.Message}");
            return NotRun;
        }

        if (FindProgram(command[0]) is not { } path)
        {
            Console.Error.WriteLine($"vfio: {command[0]}: no such program");
            return NotFound;
        }

        if (IsOfAnotherMachine(path))
        {
            Console.Error.WriteLine($"vfio: {command[0]} is not a program for x86-64, and no other can be emulated");
            return NotRun;
        }

        StubCalls.RestorePipeSignal();
        if (ulong.TryParse(arguments[2].AsSpan().TrimStart(['-', Kvm, StatsByPath, Exits]), NumberStyles.None, CultureInfo.InvariantCulture, out ulong files))
        {
            StubCalls.LowerFileLimit(files);
        }

        StubCalls.DropAmbientCapabilities();

        // A supervisor that has ended by now does not take the listener.
        StubCalls.EndWithSupervisor();
        bool Has(char option) => arguments[2].Contains(option, StringComparison.Ordinal);
        Errno error = StubCalls.Become(SeccompFilter.Build(Has(Kvm), Has(StatsByPath), Has(Exits)), channel, path, command);
        Console.Error.WriteLine($"vfio: {command[0]} cannot be run: {error}");
        return error == Errno.ENOENT ? NotFound : NotRun;
    }

    // Its system calls would not be those that are trapped. Scripts, and what cannot be read, show at exec.
    private static bool IsOfAnotherMachine(string path)
    {
        const int MachineOffset = 18;
        const byte X64 = 62;
        byte[] header = new byte[20];
        try
        {
            using FileStream file = File.OpenRead(path);
            return file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length && header.AsSpan().StartsWith("\u007fELF"u8)
                && header[MachineOffset] != X64;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // Searched for here and not by execvp: each try of it would be trapped.
    private static string? FindProgram(string name)
        => name.Contains('/', StringComparison.Ordinal) ? name
            : (Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin").Split(':')
                .Select(directory => directory.Length == 0 ? $"./{name}" : $"{directory}/{name}").FirstOrDefault(StubCalls.IsProgram);
}
