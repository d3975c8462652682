using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.InteropServices;
using Vfio.Transcripts.Format;
using Vfio.Uapi;

namespace Vfio.Transcripts.Play;

/// <summary>The child's side of <see cref="ChildProcess"/>.</summary>
/// <remarks>
/// Linux keeps credentials by thread: the steps run on one that has put off what the process shall not have; the main thread stays root and can take
/// files of others. The limit is the process's.
/// </remarks>
internal static class Worker
{
    private const int SetGroups = 116;
    private const int SetResUid = 117;
    private const int SetResGid = 119;
    private const int KeepCapabilities = 8;
    private const int ResourceMemlock = 8;
    private const uint CapabilityVersion = 0x20080522;

    /// <summary>Does steps until the pipe ends.</summary>
    public static int Run(ProcessSettings settings)
    {
        Dictionary<string, ulong> numbers = new(StringComparer.Ordinal);
        Dictionary<string, ulong> known = new(StringComparer.Ordinal);
        var places = new Places(VfioHost.Local.Calls);
        LocalProcess Fresh() => new(VfioHost.Local.Calls, numbers, (_, _) => -(int)Errno.ENOSYS, places);
        LocalProcess process = Fresh();
        Check(Native.Prlimit(0, ResourceMemlock, [settings.MemlockLimit, settings.MemlockLimit], 0));

        using var steps = new BlockingCollection<Step>();
        using var answers = new BlockingCollection<string>();
        var thread = new Thread(() =>
        {
            Drop(settings);
            foreach (Step step in steps.GetConsumingEnumerable())
            {
                answers.Add(Answer(process, step));
            }
        });
        thread.Start();
        while (Console.ReadLine() is { } line)
        {
            if (line.StartsWith('$'))
            {
                string[] parts = line[1..].Split('=');
                numbers[parts[0]] = known[parts[0]] = ulong.Parse(parts[1], CultureInfo.InvariantCulture);
                continue;
            }

            string answer;
            switch (line.Split(' '))
            {
                case ["!take", var file, var from, var descriptor]:
                    int fd = RealProcess.Take(int.Parse(from, CultureInfo.InvariantCulture), int.Parse(descriptor, CultureInfo.InvariantCulture));
                    answer = fd < 0 ? ((Errno)(-fd)).ToString() : "ok";
                    if (fd >= 0)
                    {
                        process.Name(file, fd);
                    }

                    break;
                case ["!clear"]:
                    process.Dispose();
                    numbers.Clear();
                    known.Clear();
                    process = Fresh();
                    answer = "ok";
                    break;
                case ["!locate", var file]:
                    answer = process.Locate(file).Descriptor.ToString(CultureInfo.InvariantCulture);
                    break;
                default:
                    steps.Add(StepReader.Read(Tokens.Split(line)));
                    answer = answers.Take();
                    break;
            }

            foreach ((string name, ulong value) in numbers)
            {
                if (!known.TryGetValue(name, out ulong told) || told != value)
                {
                    known[name] = value;
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"${name}={value}"));
                }
            }

            Console.WriteLine(answer);
        }

        steps.CompleteAdding();
        thread.Join();
        process.Dispose();
        return 0;
    }

    private static string Answer(LocalProcess process, Step step)
    {
        try
        {
            return process.Run(step);
        }
        catch (TranscriptException exception)
        {
            return $"!{exception.Message}";
        }
    }

    private static void Drop(ProcessSettings settings)
    {
        if (settings.UserId != 0)
        {
            Check(Native.Prctl(KeepCapabilities, 1));
            int user = (int)settings.UserId;
            Check((int)Native.Syscall(SetGroups, 0, 0, 0, 0));
            Check((int)Native.Syscall(SetResGid, user, user, user, 0));
            Check((int)Native.Syscall(SetResUid, user, user, user, 0));
        }

        if (settings.Capabilities != ulong.MaxValue)
        {
            uint low = (uint)settings.Capabilities;
            uint high = (uint)(settings.Capabilities >> 32);
            Check(Native.Capset([CapabilityVersion, 0], [low, low, 0, high, high, 0]));
        }
    }

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new InvalidOperationException($"a process cannot be made as the transcript wants it: {(Errno)Marshal.GetLastPInvokeError()}");
        }
    }
}
