using System.Globalization;
using Vfio.Emulator.Stub;
using Vfio.Uapi;

namespace Vfio.Emulator.Tree;

/// <summary>
/// The program's own view of /dev and /sys: the machine's, beside what of the host's every program needs. In a mount namespace of its own, so
/// nothing of it is left behind whoever is killed.
/// </summary>
internal static class HostMounts
{
    /// <summary>Directories of the host's /sys that say nothing of PCI or IOMMUs: processors, memory, control groups, file systems.</summary>
    public static IReadOnlyList<string> KeptOfSys { get; } = ["fs", "devices/system", "kernel/mm", "power"];

    /// <summary>Makes the file systems, has the supervisor fill them and puts them in place. Called in the stub, on its main thread.</summary>
    /// <exception cref="IOException">The host does not allow it.</exception>
    public static void MakeOwn(Channel channel)
    {
        Check(StubCalls.Unshare(StubCalls.NewNamespace), "a mount namespace");
        Check(StubCalls.Mount("none", "/", StubCalls.MakePrivate | StubCalls.Recursive), "a private mount namespace");
        int dev = Check(StubCalls.NewFileSystem(), "a file system for /dev");
        int sys = Check(StubCalls.NewFileSystem(), "a file system for /sys");
        int proc = Check(StubCalls.NewFileSystem(), "a file system for /proc");
        int files = Check(StubCalls.NewFileSystem(), "a file system for open files");
        Check(-(int)channel.TrySend(Channel.Mounts, [dev, sys, proc, files]), "the supervisor");
        if (channel.Receive(out _) != Channel.Go)
        {
            throw new IOException("the supervisor has gone");
        }

        StubCalls.Close(files);
        int hostDev = Check(StubCalls.OpenPath("/dev"), "/dev");
        int hostSys = Check(StubCalls.OpenPath("/sys"), "/sys");
        Check(StubCalls.Attach(dev, "/dev"), "mounting /dev");
        Check(StubCalls.Attach(sys, "/sys"), "mounting /sys");
        KeepDevices(Of(hostDev));
        CoverProc(proc);
        foreach (string directory in KeptOfSys)
        {
            // The supervisor made the place. What the host does not have stays empty.
            StubCalls.Mount($"{Of(hostSys)}/{directory}", $"/sys/{directory}", StubCalls.Bind | StubCalls.Recursive);
        }
    }

    private static void KeepDevices(string host)
    {
        foreach (FileSystemInfo entry in new DirectoryInfo(host).EnumerateFileSystemInfos())
        {
            string place = $"/dev/{entry.Name}";
            if (entry.LinkTarget is { } target)
            {
                StubCalls.MakeLink(target, place);
            }
            else if ((entry.Attributes & FileAttributes.Directory) != 0 ? StubCalls.MakeDirectory(place) == 0 : StubCalls.MakeFile(place) == 0)
            {
                // Where the machine has an entry of that name, the host's is not shown.
                StubCalls.Mount($"{host}/{entry.Name}", place, StubCalls.Bind | StubCalls.Recursive);
            }
        }
    }

    // /proc stays the host's, for a program is one of its processes; single files of it are the machine's. They are bound from a place where their
    // file system is mounted for as long as that takes.
    private static void CoverProc(int proc)
    {
        string place = $"/sys/{KeptOfSys[0]}";
        Check(StubCalls.Attach(proc, place), "mounting files of /proc");
        foreach (string file in Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories))
        {
            StubCalls.Mount(file, $"/proc{file[place.Length..]}", StubCalls.Bind);
        }

        StubCalls.Detach(place);
    }

    private static string Of(int descriptor) => string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}");

    private static int Check(int result, string what)
        => result >= 0 ? result : throw new IOException($"this host does not give the program {what}: {(Errno)(-result)}");
}
