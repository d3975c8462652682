using System.Buffers.Binary;
using System.Text;
using CsCheck;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.Topology;

public sealed class SoftTopologiesTests
{
    private const string Function = """{ "address": "0000:00:01.0", "config": "CONFIG" FIELDS }""";

    public static TheoryData<string> Names => [.. SoftTopologies.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_built_in_topology_boots(string name)
    {
        using var machine = new Machine(name);

        Assert.Equal(name, machine.Soft.Topology.Name);
        Assert.True(machine.Soft.Topology.Kernel.IommufdTest || machine.List("/sys/bus/pci/devices").Count != 0);
        Assert.Equal(machine.Soft.Topology.Kernel.IommufdTest, machine.List("/sys/class/iommu").Contains("iommufd_selftest_iommu.0"));
        Assert.Empty(machine.Calls.FindLeaks());
    }

    [Fact]
    public void The_lab_has_every_kind_of_iommu_with_an_edu_behind_it_and_one_behind_none()
    {
        MachineTopology lab = SoftTopologies.Load(SoftTopologies.Default);

        ILookup<string?, FunctionTopology> edus = lab.Functions.Where(function => function.Model == "edu").ToLookup(function => function.Iommu);
        Assert.All(lab.Iommus, iommu => Assert.Contains(edus[iommu.Name], edu => edu.Driver == "vfio-pci"));
        Assert.Contains(edus[null], edu => edu.Driver is null);
        Assert.Equal(["amd", "intel", "virtio"], lab.Iommus.Select(iommu => iommu.Kind).Distinct().Order());
        Assert.Equal([false, true], lab.Iommus.Where(iommu => iommu.Kind == "intel").Select(iommu => (iommu.Ecap & 0x80) != 0).Order());
        Assert.Contains(lab.Functions.Where(function => function.Group is not null).GroupBy(function => function.Group),
            group => group.Count() == 2 && group.Any(function => function.Driver == "vfio-pci") && group.Any(function => function.Driver is not (null or "vfio-pci")));
    }

    [Theory]
    [InlineData("", "JSON")]
    [InlineData("null", "null")]
    [InlineData("[]", "could not be converted")]
    [InlineData("{", "line 1")]
    [InlineData("""{ "name": "x", "colour": 1 }""", "colour")]
    [InlineData("""{ "name": "x", "name": "y" }""", "name")]
    [InlineData("""{ "description": "no name" }""", "name")]
    [InlineData("""{ "name": null }""", "name")]
    [InlineData("""{ "name": "" }""", "$.name")]
    [InlineData("""{ "name": "x", "functions": null }""", "functions")]
    [InlineData("""{ "name": "x", "functions": [ null ] }""", "functions[0]")]
    [InlineData("""{ "name": "x", "iommus": [ { "name": "i", "kind": "sparc", "pageSizes": 4096, "apertureLast": "0xffffffff" } ] }""", "$.iommus[0].kind")]
    [InlineData("""{ "name": "x", "iommus": [ { "name": "i", "kind": "amd", "pageSizes": "4k", "apertureLast": "0xffffffff" } ] }""", "0xfee00000")]
    [InlineData("""{ "name": "x", "iommus": [ { "name": "i", "kind": "amd", "pageSizes": 8192, "apertureLast": "0xffffffff" } ] }""", "pageSizes")]
    [InlineData("""{ "name": "x", "iommus": [ { "name": "i", "kind": "amd", "pageSizes": 4096, "apertureLast": "0x12345678" } ] }""", "apertureLast")]
    [InlineData("""{ "name": "x", "iommus": [ { "name": "../x", "kind": "amd", "pageSizes": 4096, "apertureLast": "0xffffffff" } ] }""", "$.iommus[0].name")]
    [InlineData("""{ "name": "x", "files": { "/etc/passwd": "root" } }""", "/etc/passwd")]
    [InlineData("""{ "name": "x", "files": { "/sys/../etc/passwd": "root" } }""", "'..'")]
    [InlineData("""{ "name": "x", "files": { "relative": "root" } }""", "absolute")]
    [InlineData("""{ "name": "x", "files": { "/proc/x": null } }""", "/proc/x")]
    [InlineData("""{ "name": "x", "files": { "/dev/x": { "block": "259:9999999" } } }""", "expected a file")]
    [InlineData("""{ "name": "x", "files": { "/proc/x": { "text": "a", "link": "b" } } }""", "expected a file")]
    [InlineData("""{ "name": "x", "files": { "/proc/x": { "mode": "999", "text": "" } } }""", "expected a file")]
    [InlineData("""{ "name": "x", "nodes": { "iommuMode": "66" } }""", "octal")]
    [InlineData("""{ "name": "x", "nodes": { "deviceMajor": 5000 } }""", "$.nodes.deviceMajor")]
    [InlineData("""{ "name": "x", "kernel": { "modules": { "a/b": {} } } }""", "$.kernel.modules")]
    public void A_file_that_cannot_be_used_is_refused_with_the_place(string json, string expected)
    {
        var exception = Assert.Throws<TopologyException>(() => SoftTopologies.Parse(Encoding.UTF8.GetBytes(json), "bad.json"));

        Assert.StartsWith("bad.json:", exception.Message, StringComparison.Ordinal);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("00", "", "64")]
    [InlineData(null, """, "configSize": 300""", "configSize")]
    [InlineData(null, """, "model": "nvidia" """, "model")]
    [InlineData(null, """, "model": "edu" """, "1234:11e8")]
    [InlineData(null, """, "group": 1 """, "iommu")]
    [InlineData(null, """, "iommu": "i", "group": 1 """, "there is no IOMMU 'i'")]
    [InlineData(null, """, "driver": "a/b" """, "driver")]
    [InlineData(null, """, "driver": "vfio-pci" """, "vfio-pci does not take it")]
    [InlineData(null, """, "bars": [ { "index": 0, "start": 0, "size": 3, "flags": "0x200" } ]""", "power of two")]
    [InlineData(null, """, "bars": [ { "index": 0, "start": "0xfffffffffffff000", "size": "0x2000", "flags": "0x200" } ]""", "start")]
    [InlineData(null, """, "bars": [ { "index": 0, "start": 0, "size": 4096, "flags": 0 } ]""", "neither memory")]
    [InlineData(null, """, "bars": [ { "index": 5, "start": 0, "size": 4096, "flags": "0x100200" } ]""", "64-bit")]
    [InlineData(null, """, "bars": [ { "index": 0, "start": 0, "size": 4096, "flags": "0x100200" }, { "index": 1, "start": 0, "size": 4096, "flags": "0x200" } ]""", "BAR 1")]
    [InlineData(null, """, "bars": [ { "index": -1, "start": 0, "size": 4096, "flags": "0x200" } ]""", "index")]
    [InlineData(null, """, "bars": [ { "index": 0, "start": 0, "size": 8192, "flags": "0x200", "mappable": [ { "offset": 0, "size": 4095 } ] } ]""", "bars[0].mappable")]
    [InlineData(null, """, "bars": [ { "index": 0, "start": 0, "size": 8192, "flags": "0x200", "mappable": [ { "offset": 8192, "size": 4096 } ] } ]""", "inside the BAR")]
    [InlineData(null, """, "bars": [ { "index": 0, "start": 0, "size": 8192, "flags": "0x200", "mappable": [ { "offset": 0, "size": 8192 }, { "offset": 4096, "size": 4096 } ] } ]""", "ascending")]
    [InlineData(null, """, "bars": [ { "index": 0, "start": 0, "size": 4096, "flags": "0x100", "mappable": [] } ]""", "memory BAR")]
    [InlineData(null, """, "bars": [ { "index": 0, "start": 0, "size": 4096, "flags": "0x200", "shared": true } ]""", "bars[0].shared")]
    [InlineData(null, """, "resetTime": -1""", "resetTime")]
    [InlineData(null, """, "deviceRegions": [ { "type": "0x80008086", "size": 2, "data": "000000" } ]""", "deviceRegions[0].size")]
    [InlineData(null, """, "deviceRegions": [ { "type": "0x180008086", "size": 2 } ]""", "32 bits")]
    [InlineData(null, """, "reservedRegions": [ { "first": 2, "last": 1, "kind": "msi" } ]""", "before the first")]
    [InlineData(null, """, "reservedRegions": [ { "first": 0, "last": 1, "kind": "x" } ]""", "kind")]
    [InlineData(null, """, "files": { "vendor": "0xffff\n" }""", "vendor is there already")]
    [InlineData(null, """, "files": { "vendor/x": "" }""", "vendor is not a directory")]
    [InlineData(null, """, "files": { "driver/x": "" }""", "makes this entry itself")]
    [InlineData(null, """, "driverFiles": { "/dev/vfio/9": "" }""", "from its iommus and functions")]
    [InlineData(null, """, "driver": "nvme", "driverFiles": { "vendor": "0xffff\n" }""", "vendor is there already")]
    public void A_function_that_cannot_be_is_refused_with_the_place(string? config, string fields, string expected)
    {
        string function = Function.Replace("CONFIG", config ?? ("8680" + new string('0', 124)), StringComparison.Ordinal).Replace("FIELDS", fields, StringComparison.Ordinal);
        byte[] json = Encoding.UTF8.GetBytes($$"""{ "name": "x", "functions": [ {{function}} ] }""");

        var exception = Assert.Throws<TopologyException>(() => new SoftMachine(SoftTopologies.Parse(json, "bad.json"), Machine.Host));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0xfc, 0x01)]
    [InlineData(0xf8, 0x05)]
    [InlineData(0xf8, 0x10)]
    [InlineData(0xf5, 0x01)]
    public void A_capability_that_does_not_fit_is_refused(byte at, byte id)
    {
        byte[] config = new byte[256];
        (config[0], config[1], config[6], config[0x34], config[at]) = (0x86, 0x80, 0x10, at, id);
        string function = Function.Replace("CONFIG", Convert.ToHexString(config), StringComparison.Ordinal).Replace("FIELDS", "", StringComparison.Ordinal);
        byte[] json = Encoding.UTF8.GetBytes($$"""{ "name": "x", "functions": [ {{function}} ] }""");

        var exception = Assert.Throws<TopologyException>(() => new SoftMachine(SoftTopologies.Parse(json, "bad.json"), Machine.Host));

        Assert.Contains("capability", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0xffc, 0x0bu)]
    [InlineData(0xffc, 0x23u)]
    [InlineData(0xff8, 0x15u)]
    [InlineData(0xfc4, 0x10u)]
    [InlineData(0x0fc, 0x01u)]
    public void An_extended_capability_that_does_not_fit_is_refused(int at, uint id)
    {
        byte[] config = new byte[4096];
        (config[0], config[1]) = (0x86, 0x80);
        BinaryPrimitives.WriteUInt32LittleEndian(config.AsSpan(0x100), 0x10003u | ((uint)at << 20));
        BinaryPrimitives.WriteUInt32LittleEndian(config.AsSpan(at), 0x10000u | id);
        Assert.Contains("extended capability", Refusal(Convert.ToHexString(config)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_extended_capability_that_just_fits_is_taken_and_the_device_opens()
    {
        byte[] config = new byte[4096];
        (config[0], config[1]) = (0x86, 0x80);
        BinaryPrimitives.WriteUInt32LittleEndian(config.AsSpan(0x100), 0x10003u | (0xff0u << 20));

        // Error reporting is longer than the room that is left; what there is of it is shown.
        BinaryPrimitives.WriteUInt32LittleEndian(config.AsSpan(0xff0), 0x10001u | (0xffcu << 20));
        BinaryPrimitives.WriteUInt32LittleEndian(config.AsSpan(0xffc), 0x1000du);
        MachineTopology machine = SoftTopologies.Parse(Encoding.UTF8.GetBytes($$"""
            { "name": "x", "iommus": [ { "name": "i", "kind": "amd", "pageSizes": 4096, "apertureLast": "0xffffffff" } ],
              "functions": [ {{Function.Replace("CONFIG", Convert.ToHexString(config), StringComparison.Ordinal)
                .Replace("FIELDS", ", \"configSize\": 4096, \"iommu\": \"i\", \"group\": 0, \"driver\": \"vfio-pci\"", StringComparison.Ordinal)}} ] }
            """), "good.json");
        using var soft = new Machine(machine);
        int group = soft.Calls.Open("/dev/vfio/0", OpenFlags.ReadWrite);
        int container = soft.Calls.Open("/dev/vfio/vfio", OpenFlags.ReadWrite);
        Assert.Equal(0, soft.Calls.Ioctl(group, VfioUapi.VFIO_GROUP_SET_CONTAINER, StructBytes.AsBytes(ref container)));
        Assert.Equal(0, soft.Calls.Ioctl(container, VfioUapi.VFIO_SET_IOMMU, (nuint)VfioUapi.VFIO_TYPE1v2_IOMMU));
        byte[] name = [.. Encoding.ASCII.GetBytes(machine.Functions[0].Address), 0];
        Assert.True(soft.Calls.Ioctl(group, VfioUapi.VFIO_GROUP_GET_DEVICE_FD, name.AsSpan()) >= 0);
    }

    [Fact]
    public void More_than_256_bytes_of_a_chain_that_loops_are_no_machine_that_hangs()
    {
        byte[] config = new byte[64];
        (config[0], config[1]) = (0x86, 0x80);
        config[6] = 0x10;
        config[0x34] = 0x34;
        Refusal(Convert.ToHexString(config) + "0134" + new string('0', 60), orTaken: true);
    }

    [Theory]
    [InlineData("86800000", "at least the 64")]
    [InlineData("ffffffff", "no SR-IOV capability")]
    public void Virtual_functions_that_cannot_be_are_refused(string virtualConfig, string expected)
        => Assert.Contains(expected, Refusal("8680" + new string('0', 124), $", \"configSize\": 4096, \"vfConfig\": \"{(virtualConfig == "ffffffff" ? virtualConfig + new string('0', 120) : virtualConfig)}\""), StringComparison.Ordinal);

    [Fact]
    public void A_function_where_a_virtual_one_would_be_is_refused()
    {
        MachineTopology machine = SoftTopologies.Load("q35-sriov");
        FunctionTopology passive = machine.Functions.First(function => function.Address == "0000:00:03.0");
        machine = machine with { Functions = [.. machine.Functions, passive with { Address = "0000:01:00.2" }] };
        Assert.Contains("0000:01:00.2", Assert.Throws<TopologyException>(() => new SoftMachine(machine, Machine.Host)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_a_model_that_has_state_can_be_moved()
        => Assert.Contains("no state to move", Refusal("8680" + new string('0', 124), ", \"migration\": true"), StringComparison.Ordinal);

    private static string Refusal(string config, string fields = ", \"configSize\": 4096", bool orTaken = false)
    {
        string function = Function.Replace("CONFIG", config, StringComparison.Ordinal).Replace("FIELDS", fields, StringComparison.Ordinal);
        byte[] json = Encoding.UTF8.GetBytes($$"""{ "name": "x", "functions": [ {{function}} ] }""");
        Exception? exception = Record.Exception(() => new SoftMachine(SoftTopologies.Parse(json, "bad.json"), Machine.Host).Dispose());
        if (orTaken && exception is null)
        {
            return "";
        }

        return Assert.IsType<TopologyException>(exception).Message;
    }

    [Fact]
    public void A_name_that_is_not_built_in_lists_those_that_are()
    {
        var exception = Assert.Throws<TopologyException>(() => SoftTopologies.Load("q36"));

        Assert.Contains("q35-virtio", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/no/such.json")]
    [InlineData("/")]
    [InlineData("./\0.json")]
    [InlineData("/dev/zero")]
    public void A_file_that_cannot_be_read_is_named(string path)
    {
        var exception = Assert.Throws<TopologyException>(() => SoftTopologies.Load(path));

        Assert.StartsWith(path, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_file_is_refused_or_boots_but_never_crashes()
    {
        byte[] good = Good();
        Gen.Select(Gen.Int[0, good.Length - 1], Gen.Byte, Gen.Int[0, good.Length - 1], Gen.Byte).Sample(
            (first, a, second, b) =>
            {
                byte[] bad = [.. good];
                bad[first] = a;
                bad[second] = b;
                try
                {
                    using var machine = new SoftMachine(SoftTopologies.Parse(bad, "damaged.json"), Machine.Host);
                }
                catch (TopologyException)
                {
                }
            },
            iter: 2000);
    }

    [Fact]
    public void The_example_of_the_documentation_boots()
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "topology.md"));
        string json = text.Split("```json")[1].Split("```")[0];

        using var machine = new Machine(SoftTopologies.Parse(Encoding.UTF8.GetBytes(json), "docs/topology.md"));

        Assert.True(machine.Exists("/dev/vfio/devices/vfio0"));
    }

    private static byte[] Good()
    {
        using Stream stream = typeof(SoftTopologies).Assembly.GetManifestResourceStream("q35-intel.json")!;
        byte[] good = new byte[stream.Length];
        stream.ReadExactly(good);
        return good;
    }
}
