using System.Diagnostics;
using System.Globalization;

namespace Vfio.EmulatedCall;

/// <summary>A program that measures a round for each byte it is sent, and prints a line: tests/c/null_ioctl.c.</summary>
internal sealed class ServedProgram : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts it.</summary>
    public ServedProgram(string[] command)
        => _process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    /// <summary>What it measured, in nanoseconds.</summary>
    public List<(double Median, double Percentile99)> Rounds { get; } = [];

    /// <summary>So many rounds.</summary>
    public void Run(int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            _process.StandardInput.Write('.');
            _process.StandardInput.Flush();
            if (_process.StandardOutput.ReadLine()?.Split(' ') is not ["mean", _, "median", var median, "p99", var tail])
            {
                throw new InvalidOperationException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} measured nothing");
            }

            Rounds.Add((double.Parse(median, CultureInfo.InvariantCulture), double.Parse(tail, CultureInfo.InvariantCulture)));
        }
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
