using System.Text.Json;
using System.Text.RegularExpressions;

namespace Vfio.Emulator.Tests.Programs;

/// <summary>What `--trace` and `--trace-json` write.</summary>
public sealed partial class TraceTests
{
    // Times, threads, addresses and descriptors are each run's own.
    private const string FirstSteps = """
        open("/dev/iommu", O_RDWR|O_CLOEXEC) = 3
        open("/dev/vfio/devices/vfio0", O_RDWR|O_CLOEXEC) = 4
        newfstatat(4) = 0
        IOMMU_IOAS_ALLOC(3) = 0 {out_ioas_id=1}
        IOMMU_IOAS_MAP(3, flags=WRITEABLE|READABLE, ioas_id=1, user_va=0x*, length=0x1000) = 0 {iova=0x1000}
        IOMMU_IOAS_ALLOC(3, argument=0x0) = EFAULT
        pread64(4, BAR0+0x0, 4) = EINVAL
        VFIO_DEVICE_BIND_IOMMUFD(4, iommufd=3) = 0 {out_devid=2}
        VFIO_DEVICE_ATTACH_IOMMUFD_PT(4, pt_id=1) = 0 {pt_id=3}
        IOMMU_IOAS_MAP(3, flags=WRITEABLE|READABLE, ioas_id=1, user_va=0x*, length=0x1000, iova=0x1000) = EFAULT
        IOMMU_DESTROY(3, id=1) = EBUSY
        VFIO_DEVICE_GET_REGION_INFO(4, index=CONFIG) = 0 {flags=READ|WRITE, size=0x100, offset=0x1000070000000000}
        pread64(4, CONFIG+0x0, 4) = 4 {data=0x11e81234}
        VFIO_DEVICE_GET_REGION_INFO(4, index=BAR0) = 0 {flags=READ|WRITE, size=0x100000, offset=0x1000000000000000}
        pwrite64(4, CONFIG+0x4, 2, 0x0002) = 2
        pread64(4, BAR0+0x0, 4) = 4 {data=0x010000ed}
        pread64(4, BAR0+0x0, 4) = EFAULT
        IOMMU_DESTROY(3, id=1) = 0
        """;

    [Fact]
    public void A_line_for_people_names_the_call_its_fields_its_result_and_what_it_changed()
    {
        string[] lines = Traced("--trace");
        Assert.All(lines, static line => Assert.Matches(Frame(), line));
        Assert.Equal(FirstSteps.Split('\n'), lines.Select(static line => UserAddress().Replace(Frame().Replace(line, "$1"), "user_va=0x*")));
    }

    [Fact]
    public void A_line_for_machines_is_an_object_with_all_fields()
    {
        JsonElement[] calls = [.. Traced("--trace-json").Select(static line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(FirstSteps.Split('\n').Select(static line => line[..line.IndexOf('(', StringComparison.Ordinal)]), calls.Select(static call => call.GetProperty("call").GetString()));
        Assert.All(calls, static call => Assert.True(call.GetProperty("pid").GetInt32() == call.GetProperty("tid").GetInt32() && call.GetProperty("duration").GetDecimal() >= 0));
        Assert.Equal(calls.Select(static call => call.GetProperty("time").GetDecimal()).Order(), calls.Select(static call => call.GetProperty("time").GetDecimal()));

        JsonElement alloc = calls[3];
        Assert.Equal("iommufd", alloc.GetProperty("kind").GetString());
        Assert.Equal("/dev/iommu", alloc.GetProperty("file").GetString());
        Assert.Equal(3, alloc.GetProperty("fd").GetInt32());
        Assert.Equal("""{"size":12,"flags":0,"out_ioas_id":0}""", alloc.GetProperty("in").GetRawText());
        Assert.Equal("""{"out_ioas_id":1}""", alloc.GetProperty("out").GetRawText());
        Assert.Equal(0, alloc.GetProperty("result").GetInt64());
        Assert.Equal(JsonValueKind.Null, alloc.GetProperty("errno").ValueKind);

        JsonElement refused = calls[10];
        Assert.Equal((-16, "EBUSY"), (refused.GetProperty("result").GetInt64(), refused.GetProperty("errno").GetString()));
        Assert.Equal("""{"offset":1152929201188241408,"count":4}""", calls[12].GetProperty("in").GetRawText());
        Assert.Equal("""{"data":300421684}""", calls[12].GetProperty("out").GetRawText());
    }

    [Fact]
    public void What_is_written_to_a_control_file_and_what_stands_behind_a_struct_are_told()
    {
        const string Bind = "echo 0000:00:01.0 > /sys/bus/pci/drivers/vfio-pci/unbind";
        string[] written = Traced("--trace", "sh", "-c", Bind);
        Assert.Contains(written, static line => line.Contains("""write("/sys/bus/pci/drivers/vfio-pci/unbind", "0000:00:01.0\n") = 13 <""", StringComparison.Ordinal));

        string[] probed = Traced("--trace", Path.Combine(AppContext.BaseDirectory, "Vfio.Cli"), "probe", "--interface", "group");
        Assert.Contains(probed, static line => line.Contains(", \"0000:00:01.0\") = ", StringComparison.Ordinal) && line.Contains(" VFIO_GROUP_GET_DEVICE_FD(", StringComparison.Ordinal));
        Assert.Contains(probed, static line => line.Contains(", TYPE1v2_IOMMU) = 0 <", StringComparison.Ordinal));
        Assert.Contains(probed, static line => Eventfd().IsMatch(line));
    }

    [Fact]
    public void A_trace_that_finds_no_room_is_told_once_and_the_program_runs_on()
    {
        EmulatedRun run = EmulatedRun.With("q35-intel", ["--trace", "/dev/full", "--trace-json", "/dev/full"], CProgram.Build("first_steps"));
        Assert.Equal(1, run.Status);
        Assert.EndsWith("ioctl of a closed device: EBADF\n", run.Output, StringComparison.Ordinal);
        Assert.Equal(2, run.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.StartsWith("vfio: the trace could not be written further: No space left on device", run.Errors, StringComparison.Ordinal);
        Assert.Equal(7, EmulatedRun.With("q35-intel", ["--trace", "/dev/full"], "sh", "-c", "echo > /sys/bus/pci/drivers_probe; exit 7").Status);
    }

    [Fact]
    public void A_trace_that_cannot_be_begun_keeps_the_program_from_running()
    {
        EmulatedRun run = EmulatedRun.With("q35-intel", ["--trace", "/no-such-folder/trace"], "echo", "ran");
        Assert.Equal((1, ""), (run.Status, run.Output));
        Assert.StartsWith("vfio: /no-such-folder/trace cannot be written: ", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_is_interrupted_has_a_trace_and_the_programs_status()
    {
        string file = Path.GetTempFileName();
        try
        {
            // The terminal's ^C goes to both: this command does not end before the program, which ends by it.
            const string Script = "echo > /sys/bus/pci/drivers_probe; read -r _ _ _ parent _ < /proc/$$/stat; kill -INT $parent; exit 130";
            Assert.Equal(130, EmulatedRun.With("q35-intel", ["--trace", file], "sh", "-c", Script).Status);
            Assert.Contains("write(\"/sys/bus/pci/drivers_probe\"", File.ReadAllText(file), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [GeneratedRegex(@"^ *\d+\.\d{6} \d+(?:/\d+)? (.*) <\d+ [um]s>$")]
    private static partial Regex Frame();

    [GeneratedRegex(@"user_va=0x[0-9a-f]+")]
    private static partial Regex UserAddress();

    [GeneratedRegex(@" VFIO_DEVICE_SET_IRQS\(\d+, argsz=24, flags=DATA_EVENTFD\|ACTION_TRIGGER, index=MSI, start=0, count=1, data=\[\d+\]\) = 0 <")]
    private static partial Regex Eventfd();

    private static string[] Traced(string option) => Traced(option, CProgram.Build("first_steps"));

    private static string[] Traced(string option, params string[] command)
    {
        string file = Path.GetTempFileName();
        try
        {
            EmulatedRun run = EmulatedRun.With("q35-intel", [option, file], command);
            Assert.Equal((0, ""), (run.Status, run.Errors));
            return File.ReadAllLines(file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
