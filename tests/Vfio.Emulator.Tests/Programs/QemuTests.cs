using System.Text.RegularExpressions;

namespace Vfio.Emulator.Tests.Programs;

/// <summary>QEMU gives emulated devices to a guest, by the commands of docs/emulating.md. The guest's programs are tests/c/edu_guest.c and tests/c/nvme_guest.c.</summary>
public sealed partial class QemuTests
{
    private const string Group = "qemu-system-x86_64";
    private const string Node = "artifacts/qemu/qemu-system-x86_64";

    private static readonly string s_root = CProgram.Root();
    private static readonly Lazy<EmulatedRun> s_initramfs = new(static () => EmulatedRun.Run("sh", ["-ec", Command("## QEMU on a machine", "make ")], s_root));

    [Theory]
    [InlineData(Group, true)]
    [InlineData(Group, false)]
    [InlineData(Node, true)]
    [InlineData(Node, false)]
    public void A_guest_finds_the_emulated_device_moves_memory_through_it_and_takes_every_interrupt(string qemu, bool asRoot)
    {
        EmulatedRun run = Run("## QEMU on a machine", qemu, asRoot);
        string said = $"{run.Output}\n{run.Errors}";

        // The firmware sized BAR 0 and placed it, and Linux found it there.
        Match placed = BarZeroOfEdu().Match(run.Output);
        Assert.True(placed.Success, said);
        AssertSaid(
            run,
            $"edu at 0000:{placed.Groups[1].Value}, BAR 0 at {placed.Groups[2].Value}",
            "DMA: 64872 bytes to the device and back in 16 rounds, every byte right",
            "MSI: 50 interrupts by eventfd, 50 counted by the kernel, 50 raised",
            "all right");
    }

    [Theory]
    [InlineData(Group, true, "", false)]
    [InlineData(Group, false, "", false)]
    [InlineData(Node, true, "", false)]
    [InlineData(Node, false, "", false)]
    [InlineData(Group, true, " pci=nomsi", false)]
    [InlineData(Group, true, "", true)]
    [InlineData(Node, true, "", true)]
    [InlineData(Group, true, " pci=nomsi", true)]
    public void The_nvme_driver_of_a_guests_Linux_takes_the_emulated_controller(string qemu, bool asRoot, string append, bool mapped)
    {
        // The controller of this machine has registers in pages that QEMU maps for the guest.
        const string MappedOn = "q35-intel", Mapped = "0000:00:02.0";

        // The ordinary user's too.
        string trace = Path.GetTempFileName();
        File.SetUnixFileMode(trace, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        try
        {
            EmulatedRun run = Run("## An NVMe drive", qemu, asRoot, command =>
            {
                command = command
                    .Replace("vfio emulate ", $"vfio emulate --trace '{trace}' ", StringComparison.Ordinal)
                    .Replace("no_timer_check", $"no_timer_check{append}", StringComparison.Ordinal);
                return !mapped ? command : command
                    .Replace("--topology lab ", $"--topology {MappedOn} ", StringComparison.Ordinal)
                    .Replace("host=0000:05:00.0", $"host={Mapped}", StringComparison.Ordinal)
                    .Replace(" -- ", $" -- sh -ec 'vfio bind {Mapped} > /dev/null; exec \"$0\" \"$@\"' ", StringComparison.Ordinal);
            });
            string drive = mapped ? "vfio-000000020: 131072 blocks" : "vfio-000005000: 524288 blocks";
            AssertSaid(
                run,
                $"vfio-dotnet NVMe at 0000:00:01.0, serial {drive} of 512 bytes",
                "data: 50697728 bytes written and read back in 400 pieces, every byte right",
                "SMART: no warning but 0, 40 degrees; zeros written and blocks discarded",
                $"interrupts: of both queues, by {(append.Length == 0 ? "MSI-X" : "a line")}",
                "reset: by the driver, by the function, by another bind; what was written is there",
                "all right");

            // A completion's head goes to the driver's own memory: more than 2,000 commands are answered. Where a line is to go down, the controller asks for it; and QEMU maps nothing then.
            int heads = File.ReadLines(trace).Count(static line => line.Contains("BAR0+0x100c", StringComparison.Ordinal));
            Assert.True(append.Length == 0 == heads < 100, $"{heads} stores to the head of queue 1");
            Assert.Equal(mapped, File.ReadLines(trace).Any(static line => line.Contains("BAR0+0x0, 0x", StringComparison.Ordinal) && line.Contains(" mmap(", StringComparison.Ordinal)));
        }
        finally
        {
            File.Delete(trace);
        }
    }

    // The document's command in this section that has this program.
    private static EmulatedRun Run(string section, string qemu, bool asRoot, Func<string, string>? change = null)
    {
        EmulatedRun.SkipWhereNoneRuns();
        string kernel = FindNeeds(qemu, asRoot);
        EmulatedRun made = s_initramfs.Value;
        Assert.True(made.Status == 0, made.Errors);

        string directory = Directory.CreateTempSubdirectory("vfio-qemu-").FullName;
        try
        {
            // What stands in the document as `vfio` is the command as it was built beside this test.
            string vfio = Path.Combine(directory, "vfio");
            File.WriteAllText(vfio, $"#!/bin/sh\nexec '{Path.Combine(AppContext.BaseDirectory, "Vfio.Cli")}' \"$@\"\n");
            const UnixFileMode ForAll = UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
            File.SetUnixFileMode(vfio, ForAll);
            File.SetUnixFileMode(directory, ForAll | UnixFileMode.UserWrite);

            string[] who = asRoot ? ["env"] : OrdinaryUser.Prefix();
            string command = Command(section, $" {qemu} ");
            EmulatedRun run = EmulatedRun.Run(
                who[0], [.. who[1..], "sh", "-ec", change?.Invoke(command) ?? command], s_root, minutes: 6, ("KERNEL", kernel), ("HOME", directory),
                ("PATH", $"{directory}:{Environment.GetEnvironmentVariable("PATH")}"));
            Assert.True(run.Status == 0, $"{run.Output}\n{run.Errors}");
            Assert.DoesNotContain("bug in vfio", run.Errors, StringComparison.Ordinal);
            return run;
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static void AssertSaid(EmulatedRun run, params string[] expected)
    {
        string[] lines = run.Output.ReplaceLineEndings("\n").Split('\n');
        Assert.True(expected.SequenceEqual(lines.SkipWhile(line => line != expected[0]).Take(expected.Length)), $"{run.Output}\n{run.Errors}");
    }

    // The sh block of a section of the document that has these words.
    private static string Command(string section, string words)
    {
        string text = File.ReadAllText(Path.Combine(s_root, "docs", "emulating.md"));
        text = text[text.IndexOf($"\n{section}", StringComparison.Ordinal)..];
        int next = text.IndexOf("\n## ", 1, StringComparison.Ordinal);
        return Assert.Single(ShellBlock().Matches(next < 0 ? text : text[..next]).Select(static block => block.Groups[1].Value), block => $" {block}".Contains($" {words.TrimStart()}", StringComparison.Ordinal));
    }

    // The kernel as eng/guest finds it; skips by the name of what is missing.
    private static string FindNeeds(string qemu, bool asRoot)
    {
        Assert.SkipUnless(!asRoot || Environment.IsPrivilegedProcess, "not root");
        Assert.SkipUnless(qemu != Node || File.Exists(Path.Combine(s_root, Node)), $"{Node} not found: eng/fetch-qemu brings it");
        foreach (string program in new[] { "gcc", "make", "cpio", qemu == Group ? Group : "sh" })
        {
            CProgram.SkipUnlessFound(program);
        }

        Assert.SkipUnless(EmulatedRun.Run("gcc", ["-print-file-name=libc.a"]).Output.Contains('/', StringComparison.Ordinal), "libc.a not found: nothing is linked statically");
        string kernel = Environment.GetEnvironmentVariable("VFIO_GUEST_KERNEL") ?? Path.Combine(s_root, "..", "shared", "guest");
        kernel = Path.GetFullPath(Directory.Exists(kernel) ? Path.Combine(kernel, "bzImage-7.2.13") : kernel);
        Assert.SkipUnless(File.Exists(kernel), $"no guest kernel at {kernel}");
        if (!asRoot)
        {
            OrdinaryUser.SkipUnlessReached(Path.Combine(AppContext.BaseDirectory, "Vfio.Cli"));
            OrdinaryUser.SkipUnlessReached(kernel);
        }

        return kernel;
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex ShellBlock();

    [GeneratedRegex(@"PCI: map device bdf=(\w\w:\w\w\.\w)\s+bar 0, addr (\w{8}), size 00100000 \[mem\]")]
    private static partial Regex BarZeroOfEdu();
}
