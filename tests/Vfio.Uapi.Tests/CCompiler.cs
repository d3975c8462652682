using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Vfio.Uapi.Tests;

/// <summary>
/// Asks the machine's C compiler what its headers say. Every question is one line of one program, so that a line the headers are too old
/// for can be told from the compiler's message and left out.
/// </summary>
internal sealed partial class CCompiler
{
    private const string Prologue = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <fcntl.h>
        #include <poll.h>
        #include <stddef.h>
        #include <stdio.h>
        #include <sys/epoll.h>
        #include <sys/eventfd.h>
        #include <sys/mman.h>
        #include <unistd.h>
        #include <linux/version.h>
        #include <linux/vfio.h>
        #include <linux/kvm.h>
        #if __has_include(<linux/iommufd.h>)
        #include <linux/iommufd.h>
        #endif
        static void say(const char *what, unsigned long long value) { printf("%s=%llu\n", what, value); }
        int main(void) {
        """;

    private readonly string? _headers;

    private CCompiler(string? headers) => _headers = headers;

    /// <summary>The compiler and the headers to use, or why there are none.</summary>
    /// <remarks>VFIO_UAPI_HEADERS names an include directory of newer headers (linux-libc-dev's /usr/include); without it the system's are used.</remarks>
    public static CCompiler? Find(out string whyNot)
    {
        string? headers = Environment.GetEnvironmentVariable("VFIO_UAPI_HEADERS");
        whyNot = "";
        if (!(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Combine(directory, "gcc"))))
        {
            whyNot = "gcc is not on the PATH";
            return null;
        }

        var compiler = new CCompiler(string.IsNullOrEmpty(headers) ? null : headers);
        (int status, string text) = compiler.Compile(Prologue + "return 0; }", "/dev/null");
        if (status != 0)
        {
            whyNot = $"the headers linux/vfio.h and linux/kvm.h are missing ({text.Split('\n')[0]})";
            return null;
        }

        return compiler;
    }

    /// <summary>Compiles and runs one line for each question.</summary>
    /// <param name="questions">Name and C expression.</param>
    /// <returns>The answers; what the headers do not know is not among them.</returns>
    public IReadOnlyDictionary<string, ulong> Ask(IReadOnlyList<(string Name, string Expression)> questions)
    {
        string directory = Directory.CreateTempSubdirectory("vfio-abi-").FullName;
        try
        {
            string program = Path.Combine(directory, "abi");
            var open = questions.ToList();
            int firstLine = Prologue.Count(c => c == '\n') + 2;
            // Once without the lines the compiler complained of; a second complaint is a fault of this test.
            for (int attempt = 0; ; attempt++)
            {
                string body = string.Concat(open.Select(question => $"say(\"{question.Name}\", (unsigned long long)({question.Expression}));\n"));
                (int status, string messages) = Compile($"{Prologue}\n{body}return 0; }}\n", program);
                if (status == 0)
                {
                    break;
                }

                int[] bad = [.. ErrorLine().Matches(messages).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) - firstLine).Distinct()];
                Assert.True(attempt == 0 && bad.Length > 0 && bad.All(index => index >= 0 && index < open.Count), messages);
                open = [.. open.Where((_, index) => !bad.Contains(index))];
            }

            return Run(program, [], "").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('='))
                .ToDictionary(parts => parts[0], parts => ulong.Parse(parts[1], CultureInfo.InvariantCulture), StringComparer.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private (int Status, string Text) Compile(string source, string output)
    {
        string[] include = _headers is null ? [] : ["-I", _headers, "-I", Path.Combine(_headers, "x86_64-linux-gnu")];
        (int status, _, string errors) = Run("gcc", ["-x", "c", "-fmax-errors=0", "-w", .. include, "-o", output, "-"], source);
        return (status, errors);
    }

    private static (int Status, string Output, string Errors) Run(string program, string[] arguments, string input)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    [GeneratedRegex(@"^<stdin>:(\d+):\d+: error:", RegexOptions.Multiline)]
    private static partial Regex ErrorLine();
}
