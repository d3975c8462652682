using System.Globalization;
using Vfio;
using Vfio.Scenarios;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.Uapi;

const string Usage = """
    usage: Vfio.Scenarios --soft MACHINE | --machine MACHINE  [--move MIB] [--list] [NAME...]
      --soft MACHINE     on a soft kernel in this process
      --machine MACHINE  on the kernel this process runs on, whose machine was measured as MACHINE
      --move MIB         how much is written and read back by each scenario that moves data (64)
      NAME               only the scenarios whose names contain it
      MACHINE            q35-intel, q35-intel-nosnoop, q35-amd, q35-virtio
    """;

string? name = null;
bool soft = false, list = false;
int move = ScenarioRunner.DefaultMove;
List<string> wanted = [];
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--soft" or "--machine" when i + 1 < args.Length:
            soft = args[i] == "--soft";
            name = args[++i];
            break;
        case "--move" when i + 1 < args.Length && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out move) && move > 0:
            i++;
            break;
        case "--list":
            list = true;
            break;
        case ['-', ..]:
            Console.Error.WriteLine(Usage);
            return 2;
        default:
            wanted.Add(args[i]);
            break;
    }
}

Scenario[] scenarios = [.. ScenarioSet.All.Where(s => wanted.Count == 0 || wanted.Exists(w => s.Name.Contains(w, StringComparison.Ordinal)))];
if (list)
{
    foreach (Scenario scenario in scenarios)
    {
        Console.WriteLine(scenario.Name);
    }

    return 0;
}

const string SoftRelease = "7.2.13";
string release = soft ? SoftRelease : File.ReadAllText("/proc/sys/kernel/osrelease").Trim();
if (name is null || Machine.Find(name, release) is not { } machine || scenarios.Length == 0)
{
    Console.Error.WriteLine(Usage);
    return 2;
}

ISystemCalls calls = VfioHost.Local.Calls;
using SoftMachine? softMachine = soft ? new SoftMachine(machine.Topology, calls) : null;
if (softMachine is not null)
{
    calls = new SoftSystemCalls(softMachine);
}

int[] totals = new int[3];
foreach (Scenario scenario in scenarios)
{
    ScenarioResult result = ScenarioRunner.Run(scenario, calls, machine, move);
    totals[(int)result.Outcome]++;
    Console.WriteLine(result);
}

Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped"));
return totals[1] == 0 ? 0 : 1;
