using System.Diagnostics;
using System.Globalization;
using Vfio.EmulatedCall;

// What a program pays under `vfio emulate`: a call that does nothing, beside a supervisor in C that carries it in the same way
// (tests/c/null_supervisor.c), in short turns, so that whatever else runs slows both; and the time to start, as whoever runs this and, for root, as an
// ordinary user too.
// usage: Vfio.EmulatedCall VFIO FOLDER [ROUNDS]     the published command; where `make -C tests/c` put its programs, both open to everybody
const int Calls = 2000, Starts = 25;
int rounds = 60;
if (args.Length is not (2 or 3) || (args.Length == 3 && !int.TryParse(args[2], NumberStyles.None, CultureInfo.InvariantCulture, out rounds)) || rounds < 1)
{
    Console.Error.WriteLine("usage: Vfio.EmulatedCall VFIO FOLDER [ROUNDS]");
    return 2;
}

string vfio = args[0], call = Path.Combine(args[1], "null_ioctl"), count = Calls.ToString(CultureInfo.InvariantCulture);
string[] alone = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all", "--"];
List<(string Who, string[] Prefix)> users = [("as it is run", [])];
if (Environment.IsPrivilegedProcess)
{
    users.Add(("as an ordinary user", alone));
}

foreach ((string who, string[] prefix) in users)
{
    using var ours = new ServedProgram([.. prefix, vfio, "emulate", "--topology", "q35-intel", "--", call, count, "--serve"]);
    using var theirs = new ServedProgram([.. prefix, Path.Combine(args[1], "null_supervisor"), call, count, "--serve"]);
    ours.Run(rounds / 10);
    theirs.Run(rounds / 10);
    ours.Rounds.Clear();
    theirs.Rounds.Clear();
    for (int i = 0; i < rounds; i++)
    {
        ours.Run(1);
        theirs.Run(1);
    }

    double median = Median(ours.Rounds.Select(static round => round.Median)), medianC = Median(theirs.Rounds.Select(static round => round.Median));
    double best = ours.Rounds.Min(static round => round.Median), bestC = theirs.Rounds.Min(static round => round.Median);
    double tail = Median(ours.Rounds.Select(static round => round.Percentile99 / round.Median)), tailC = Median(theirs.Rounds.Select(static round => round.Percentile99 / round.Median));
    Print($"a call of {rounds} x {Calls}, {who}: C# {median / 1000:F1} us, C {medianC / 1000:F1} us, ratio {median / medianC:F3}; of the best rounds {best / 1000:F1} and {bestC / 1000:F1}, {best / bestC:F3}");
    double bestTail = ours.Rounds.Min(static round => round.Percentile99 / round.Median), bestTailC = theirs.Rounds.Min(static round => round.Percentile99 / round.Median);
    Print($"  99th percentile by median: C# {tail:F2}, C {tailC:F2}; of the best rounds {bestTail:F2} and {bestTailC:F2}");
}

foreach ((string who, string[] prefix) in users)
{
    var emulated = new List<double>();
    var direct = new List<double>();
    for (int i = 0; i < Starts; i++)
    {
        direct.Add(Start([.. prefix, "true"]));
        emulated.Add(Start([.. prefix, vfio, "emulate", "--", "true"]));
    }

    Print($"start of a program, {who}: {Median(emulated) - Median(direct):F1} ms more, at best {emulated.Min() - direct.Min():F1} (medians {Median(emulated):F1} and {Median(direct):F1} of {Starts})");
}

return 0;

static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));

static double Start(string[] command)
{
    long start = Stopwatch.GetTimestamp();
    using Process process = Process.Start(command[0], command[1..]);
    process.WaitForExit();
    return process.ExitCode == 0 ? Stopwatch.GetElapsedTime(start).TotalMilliseconds
        : throw new InvalidOperationException($"{string.Join(' ', command)} ended with {process.ExitCode}");
}

static double Median(IEnumerable<double> samples)
{
    double[] sorted = [.. samples.Order()];
    return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
}
