using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Vfio.Uapi;

namespace Vfio.Scenarios;

/// <summary>What a scenario is given: a kernel to ask, a function to drive, and what is known of the machine.</summary>
/// <param name="calls">The kernel.</param>
/// <param name="machine">What was measured on this machine.</param>
/// <param name="bytesToMove">How much a scenario that moves data moves.</param>
public sealed class ScenarioContext(ISystemCalls calls, Machine machine, long bytesToMove)
{
    private readonly List<string> _notes = [];
    private readonly List<string> _wrong = [];
    private int _asked;

    /// <summary>The kernel.</summary>
    public ISystemCalls Calls { get; } = calls;

    /// <summary>What was measured on this machine.</summary>
    public Machine Machine { get; } = machine;

    /// <summary>The library on that kernel.</summary>
    public VfioHost Host { get; } = new(calls);

    /// <summary>The function to drive.</summary>
    public PciAddress Edu { get; } = PciAddress.Parse(machine.Edu, CultureInfo.InvariantCulture);

    /// <summary>The NVMe controller; its driver has it.</summary>
    public PciAddress Nvme { get; } = PciAddress.Parse(machine.Nvme, CultureInfo.InvariantCulture);

    /// <summary>How much a scenario that moves data moves.</summary>
    public long BytesToMove { get; } = bytesToMove;

    /// <summary>What the kernel must say of DMA here.</summary>
    public Vfio.Coherency Verdict => Machine.Enforces ? Vfio.Coherency.Enforced : Vfio.Coherency.NotEnforced;

    /// <summary>What the scenario saw, in order.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Puts something seen into the result's line.</summary>
    public void Note(string seen) => _notes.Add(seen);

    /// <summary>Ends the scenario unless <paramref name="condition"/> holds.</summary>
    public static void Check(bool condition, string otherwise)
    {
        if (!condition)
        {
            throw new ScenarioFailedException(otherwise);
        }
    }

    /// <summary>Ends the scenario unless the answer is the one it must be.</summary>
    public static void Equal<T>(T expected, T actual, [CallerArgumentExpression(nameof(actual))] string what = "")
    {
        if (!EqualityComparer<T>.Default.Equals(expected, actual))
        {
            throw new ScenarioFailedException(string.Create(CultureInfo.InvariantCulture, $"{what} is {actual}, not {expected}"));
        }
    }

    /// <summary>
    /// Holds that a call answers as it must: an <see cref="Errno"/> name, or a number. A wrong answer fails the scenario at its end, so that one
    /// run shows all of them.
    /// </summary>
    public void Answers(string expected, int answer, [CallerArgumentExpression(nameof(answer))] string call = "")
    {
        string actual = Answer(answer);
        _asked++;
        if (actual != expected)
        {
            _wrong.Add($"{call} is {actual}, not {expected}");
        }
    }

    /// <summary>As above, of a call of the library's: the <see cref="Errno"/> it failed with, or 0.</summary>
    public void Answers(string expected, Action call, [CallerArgumentExpression(nameof(call))] string what = "")
        => Answers(expected, () => { call(); return 0; }, what);

    /// <summary>As above, of a call of the library's that gives something: the <see cref="Errno"/> it failed with, or what it gave.</summary>
    public void Answers<T>(string expected, Func<T> call, [CallerArgumentExpression(nameof(call))] string what = "")
    {
        string actual = Outcome(call);
        _asked++;
        if (actual != expected)
        {
            _wrong.Add($"{what} is {actual}, not {expected}");
        }
    }

    /// <summary>What a call of the library's gave, or the <see cref="Errno"/> it failed with.</summary>
    public static string Outcome<T>(Func<T> call)
    {
        try
        {
            return string.Create(CultureInfo.InvariantCulture, $"{call()}");
        }
        catch (VfioException failure)
        {
            return failure.Errno.ToString();
        }
    }

    /// <summary>Puts the outcome of a call that machines answer differently into the result's line, where kernels are compared.</summary>
    public void NoteOutcome<T>(string what, Func<T> call) => Note($"{what} {Outcome(call)}");

    /// <summary>What every scenario ends with: no wrong answer, or all of them.</summary>
    internal void Finish()
    {
        Check(_wrong.Count == 0, string.Join("; ", _wrong));
        if (_asked > 0)
        {
            Note(string.Create(CultureInfo.InvariantCulture, $"{_asked} answers"));
        }
    }

    /// <summary>The function's IOMMU group.</summary>
    public int GroupId => Host.GetFunction(Edu).GroupId ?? throw new ScenarioFailedException("edu has no group");

    /// <summary>Opens the function's node: it is bound to vfio-pci first on every machine. Not bound to an iommufd yet.</summary>
    public VfioFileHandle OpenNode() => VfioFileHandle.Open(Calls, "/dev/vfio/devices/vfio0", OpenFlags.ReadWrite);

    /// <summary>Where a region stands in the function's file: VFIO leaves that to each kernel. Nobody may have it open.</summary>
    public long OffsetOf(uint region)
    {
        using VfioDevice device = Open(InterfaceChoice.Device);
        return (long)device.Regions[(int)region].Info.FileOffset;
    }

    /// <summary>CAP_SYS_RESOURCE, which the root of a container may lack. Where /proc says nothing of this program it is the kernel's in this process, and may.</summary>
    public bool MayPassLimits
    {
        get
        {
            const int Capability = 24;
            int fd = Calls.Open("/proc/self/status", OpenFlags.ReadOnly);
            if (fd < 0)
            {
                return true;
            }

            byte[] status = new byte[4096];
            nint length = Calls.Read(fd, status);
            Calls.Close(fd);
            string effective = Encoding.ASCII.GetString(status, 0, (int)length).Split('\n').Single(static line => line.StartsWith("CapEff:", StringComparison.Ordinal));
            return ((Convert.ToUInt64(effective["CapEff:".Length..].Trim(), 16) >> Capability) & 1) != 0;
        }
    }

    /// <summary>Opens the function by one interface.</summary>
    public VfioDevice Open(InterfaceChoice by) => Host.Open(Edu, new DevicePolicy(by));

    /// <summary>Ends the scenario unless <paramref name="action"/> fails as it must; returns the failure.</summary>
    public static VfioException Fails(Errno errno, Action action, [CallerArgumentExpression(nameof(action))] string what = "")
    {
        try
        {
            action();
        }
        catch (VfioException failure) when (failure.Errno == errno)
        {
            return failure;
        }
        catch (VfioException failure)
        {
            throw new ScenarioFailedException($"{what} failed with {failure.Message}, not {errno}");
        }

        throw new ScenarioFailedException($"{what} did not fail with {errno}");
    }

    /// <summary>A system call's answer in words: <c>EBUSY</c>, or the number.</summary>
    public static string Answer(int answer)
        => answer < 0 ? ((Errno)(-answer)).ToString() : answer.ToString(CultureInfo.InvariantCulture);

    /// <summary>Ends the scenario: this machine cannot be asked.</summary>
    public static void Skip(string reason) => throw new ScenarioSkippedException(reason);
}
