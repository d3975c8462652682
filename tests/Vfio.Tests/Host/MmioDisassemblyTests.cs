using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Vfio.Tests;

/// <summary>What the machine executes for a register access: one access, of the full width, that nothing narrowed, merged or dropped.</summary>
public sealed partial class MmioDisassemblyTests
{
    private static readonly (string Name, string Width)[] Accessors =
    [
        ("Read8", "byte"), ("Read16", "word"), ("Read32", "dword"), ("Read64", "qword"),
        ("Write8", "byte"), ("Write16", "word"), ("Write32", "dword"), ("Write64", "qword"),
    ];

    // Without ReadyToRun code the runtime's Volatile is compiled here too, which unoptimized code calls.
    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    public async Task JIT(string tieredCompilation)
    {
        string listing = Path.GetTempFileName();
        try
        {
            ProcessStartInfo start = new(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            start.ArgumentList.Add("exec");
            start.ArgumentList.Add(typeof(MmioTests).Assembly.Location);
            start.ArgumentList.Add("-method");
            start.ArgumentList.Add($"{typeof(MmioTests).FullName}.{nameof(MmioTests.Each_accessor_reads_and_writes_its_width)}");
            start.Environment["DOTNET_TieredCompilation"] = tieredCompilation;
            start.Environment["DOTNET_ReadyToRun"] = "0";
            start.Environment["DOTNET_JitDisasm"] = "Vfio.Mmio:* System.Threading.Volatile:*";
            start.Environment["DOTNET_JitStdOutFile"] = listing;
            using Process child = Process.Start(start)!;
            string output = await child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await child.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(child.ExitCode == 0, output);
            Dictionary<string, List<string>> methods = ParseJit(await File.ReadAllLinesAsync(listing, TestContext.Current.CancellationToken));
            foreach ((string name, string width) in Accessors)
            {
                AssertOneAccess(name, width, methods, $"Vfio.Mmio:{name}(");
            }
        }
        finally
        {
            File.Delete(listing);
        }
    }

    [Fact]
    public async Task AOT()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/objdump"), "AOT disassembly: objdump (binutils) is missing");
        string? given = Environment.GetEnvironmentVariable("VFIO_AOT_BINARY");
        bool publish = Environment.GetEnvironmentVariable("VFIO_TEST_AOT") == "1";
        Assert.SkipWhen(string.IsNullOrEmpty(given) && !publish,
            "AOT disassembly: set VFIO_AOT_BINARY to a NativeAOT binary with symbols, or VFIO_TEST_AOT=1 to have one published (minutes)");
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("vfio-aot-");
        try
        {
            await CheckAot(string.IsNullOrEmpty(given) ? await Publish(scratch.FullName) : given);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static async Task<string> Publish(string output)
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "vfio-dotnet.slnx")))
        {
            root = root.Parent;
        }

        Assert.NotNull(root);
        string project = Path.Combine(root.FullName, "tests", "Vfio.Scenarios", "Vfio.Scenarios.csproj");
        await Run(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            "publish", project, "-c", "Release", "-p:StripSymbols=false", "-p:NativeOutputPath=" + output + "/linked/", "-o", output);
        return Path.Combine(output, "Vfio.Scenarios");
    }

    private static async Task CheckAot(string binary)
    {
        string assembly = await Run("/usr/bin/objdump", "-d", "-M", "intel", "--no-show-raw-insn", binary);
        Dictionary<string, List<string>> methods = ParseObjdump(assembly.Split('\n'));
        foreach ((string name, string width) in Accessors)
        {
            AssertOneAccess(name, width, methods, $"Vfio_Vfio_Mmio__{name}");
        }
    }

    [Theory]
    [InlineData("       mov      eax, dword ptr [rdi]", true)]
    [InlineData("       movzx    rax, byte  ptr [rdi]", false)]
    [InlineData("       or       dword ptr [rdi], 1", false)]
    [InlineData("       test     byte  ptr [rdi], 1", false)]
    public void The_check_itself_can_fail(string instruction, bool good)
    {
        Dictionary<string, List<string>> methods = new() { ["Vfio.Mmio:Read32(ptr):uint"] = [instruction, "       ret"] };
        Exception? e = Record.Exception(() => AssertOneAccess("Read32", "dword", methods, "Vfio.Mmio:Read32("));
        Assert.Equal(good, e is null);
        methods["Vfio.Mmio:Read32(ptr):uint"] = [instruction, instruction];
        Assert.NotNull(Record.Exception(() => AssertOneAccess("Read32", "dword", methods, "Vfio.Mmio:Read32(")));
        methods["Vfio.Mmio:Read32(ptr):uint"] = ["       ret"];
        Assert.NotNull(Record.Exception(() => AssertOneAccess("Read32", "dword", methods, "Vfio.Mmio:Read32(")));
    }

    private static void AssertOneAccess(string name, string width, Dictionary<string, List<string>> methods, string prefix)
    {
        KeyValuePair<string, List<string>>[] found = [.. methods.Where(method => method.Key.StartsWith(prefix, StringComparison.Ordinal))];
        Assert.True(found.Length > 0, $"{prefix} was not compiled; found: {string.Join(", ", methods.Keys)}");
        foreach ((string method, List<string> instructions) in found)
        {
            List<string> accesses = AccessesOf(instructions, methods);
            string all = $"{method}:\n{string.Join('\n', instructions)}";
            string access = Assert.Single(accesses);
            Match match = MemoryOperand().Match(access);
            Assert.True(match.Groups["width"].Value == width, all);
            string operation = access.Trim().Split(' ', 2)[0];
            Assert.True(operation is "mov" || (operation == "movzx" && name.StartsWith("Read", StringComparison.Ordinal)), all);

            // The memory operand is the source of a read and the target of a write.
            bool writes = match.Index < access.IndexOf(',', StringComparison.Ordinal);
            Assert.True(writes == name.StartsWith("Write", StringComparison.Ordinal), all);
        }
    }

    /// <summary>Accesses through a pointer: not the frame, not static data; those of a called Volatile counted in.</summary>
    private static List<string> AccessesOf(List<string> instructions, Dictionary<string, List<string>> methods)
    {
        List<string> accesses = [];
        foreach (string instruction in instructions)
        {
            Match call = VolatileCall().Match(instruction);
            if (call.Success)
            {
                List<string>? callee = methods.FirstOrDefault(method => method.Key.StartsWith(call.Groups["name"].Value, StringComparison.Ordinal)).Value;
                Assert.True(callee is not null, $"{instruction}: the callee was not compiled; found: {string.Join(", ", methods.Keys)}");
                accesses.AddRange(AccessesOf(callee, methods));
                continue;
            }

            Match operand = MemoryOperand().Match(instruction);
            if (operand.Success && !FrameOrStatic().IsMatch(operand.Groups["address"].Value) && !instruction.TrimStart().StartsWith("lea", StringComparison.Ordinal))
            {
                accesses.Add(instruction);
            }
        }

        return accesses;
    }

    private static Dictionary<string, List<string>> ParseJit(IEnumerable<string> lines)
    {
        const string header = "; Assembly listing for method ";
        Dictionary<string, List<string>> methods = [];
        List<string>? current = null;
        int number = 0;
        foreach (string line in lines)
        {
            if (line.StartsWith(header, StringComparison.Ordinal))
            {
                // A method may be compiled more than once, tier by tier; each must hold.
                methods[$"{line[header.Length..]} #{number++}"] = current = [];
            }
            else if (line.Length > 0 && !line.StartsWith(';') && !line.StartsWith("G_M", StringComparison.Ordinal))
            {
                current?.Add(line);
            }
        }

        return methods;
    }

    private static Dictionary<string, List<string>> ParseObjdump(IEnumerable<string> lines)
    {
        Dictionary<string, List<string>> methods = [];
        List<string>? current = null;
        foreach (string line in lines)
        {
            Match symbol = Symbol().Match(line);
            if (symbol.Success)
            {
                current = symbol.Groups["name"].Value.StartsWith("Vfio_Vfio_Mmio__", StringComparison.Ordinal)
                    ? methods[symbol.Groups["name"].Value] = []
                    : null;
            }
            else if (current is not null && line.Contains('\t', StringComparison.Ordinal))
            {
                // The padding between functions is no-ops with an operand of their own.
                string instruction = line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..].ToLowerInvariant();
                if (!instruction.Contains("nop", StringComparison.Ordinal))
                {
                    current.Add(instruction);
                }
            }
        }

        return methods;
    }

    private static async Task<string> Run(string file, params string[] arguments)
    {
        ProcessStartInfo start = new(file, arguments) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, output);
        return output;
    }

    [GeneratedRegex(@"\b(?<width>byte|word|dword|qword|xmmword|ymmword)\s+ptr\s+\[(?<address>[^\]]*)\]", RegexOptions.IgnoreCase)]
    private static partial Regex MemoryOperand();

    [GeneratedRegex(@"^(rbp|rsp|\(reloc|rel |@RWD|rip)", RegexOptions.IgnoreCase)]
    private static partial Regex FrameOrStatic();

    [GeneratedRegex(@"\b(call|jmp|tail\.jmp)\s+\[?(?<name>System\.Threading\.Volatile:[^\]]*)")]
    private static partial Regex VolatileCall();

    [GeneratedRegex(@"^[0-9a-f]+ <(?<name>[^>]+)>:$")]
    private static partial Regex Symbol();
}
