using System.Text.RegularExpressions;

namespace Vfio.Emulator.Tests.Programs;

/// <summary>QEMU gives the emulated edu to a guest, by the commands of docs/emulating.md. The guest's program is tests/c/edu_guest.c.</summary>
public sealed partial class QemuTests
{
    private const string Group = "qemu-system-x86_64";
    private const string Node = "artifacts/qemu/qemu-system-x86_64";

    private static readonly string s_root = CProgram.Root();
    private static readonly Lazy<EmulatedRun> s_initramfs = new(static () => EmulatedRun.Run("sh", ["-ec", Command("make ")], s_root));

    [Theory]
    [InlineData(Group, true)]
    [InlineData(Group, false)]
    [InlineData(Node, true)]
    [InlineData(Node, false)]
    public void A_guest_finds_the_emulated_device_moves_memory_through_it_and_takes_every_interrupt(string qemu, bool asRoot)
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
            EmulatedRun run = EmulatedRun.Run(
                who[0], [.. who[1..], "sh", "-ec", Command($" {qemu} ")], s_root, minutes: 6, ("KERNEL", kernel), ("HOME", directory),
                ("PATH", $"{directory}:{Environment.GetEnvironmentVariable("PATH")}"));
            string said = $"{run.Output}\n{run.Errors}";
            Assert.True(run.Status == 0, said);
            Assert.DoesNotContain("bug in vfio", run.Errors, StringComparison.Ordinal);

            // The firmware sized BAR 0 and placed it, and Linux found it there.
            Match placed = BarZeroOfEdu().Match(run.Output);
            Assert.True(placed.Success, said);
            string[] lines = run.Output.ReplaceLineEndings("\n").Split('\n');
            string[] expected =
            [
                $"edu at 0000:{placed.Groups[1].Value}, BAR 0 at {placed.Groups[2].Value}",
                "DMA: 64872 bytes to the device and back in 16 rounds, every byte right",
                "MSI: 50 interrupts by eventfd, 50 counted by the kernel, 50 raised",
                "all right",
            ];
            Assert.True(expected.SequenceEqual(lines.SkipWhile(line => line != expected[0]).Take(expected.Length)), said);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    // The sh block of the document that has these words.
    private static string Command(string words)
    {
        string text = File.ReadAllText(Path.Combine(s_root, "docs", "emulating.md"));
        string section = text[text.IndexOf("\n## QEMU on a machine", StringComparison.Ordinal)..];
        return Assert.Single(ShellBlock().Matches(section).Select(static block => block.Groups[1].Value), block => $" {block}".Contains($" {words.TrimStart()}", StringComparison.Ordinal));
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
