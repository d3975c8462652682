using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Vfio.Uapi;

namespace Vfio.Transcripts.Abi;

/// <summary>The structs and constants of Linux 7.2's uAPI by their C names, from the tables that a C program printed.</summary>
internal static class AbiNames
{
    // iommu_test_cmd is a union of what its operations want, in the order of drivers/iommu/iommufd/iommufd_test.h.
    private static readonly string[] s_testOperations =
    [
        "ADD_RESERVED", "MOCK_DOMAIN", "MOCK_DOMAIN_FLAGS", "MOCK_DOMAIN_REPLACE", "MD_CHECK_MAP", "MD_CHECK_REFS", "CREATE_ACCESS",
        "DESTROY_ACCESS_PAGES", "ACCESS_PAGES", "ACCESS_RW", "SET_TEMP_MEMORY_LIMIT", "ACCESS_REPLACE_IOAS", "DIRTY", "MD_CHECK_IOTLB",
        "TRIGGER_IOPF", "DEV_CHECK_CACHE", "TRIGGER_VEVENT", "PASID_ATTACH", "PASID_REPLACE", "PASID_DETACH", "PASID_CHECK_HWPT", "DMABUF_GET",
        "DMABUF_REVOKE",
    ];

    private static readonly Dictionary<string, ulong> s_constants = Constants();
    private static readonly Dictionary<string, UapiCall> s_calls = UapiCatalogue.Calls.ToDictionary(call => call.Name, StringComparer.Ordinal);
    private static readonly Dictionary<string, string> s_errnos =
        Enum.GetValues<Errno>().DistinctBy(errno => (int)errno).ToDictionary(errno => errno.ToString(), errno => errno.ToString(), StringComparer.Ordinal);

    // Constants that were asked for by their ends: to find one is to look at all.
    private static readonly ConcurrentDictionary<(string Name, string Call), ulong?> s_ends = [];
    private static readonly Dictionary<ulong, StructLayout> s_testLayouts = [];
    private static readonly Dictionary<string, StructLayout> s_structs = Structs();

    /// <summary>A call by its C name.</summary>
    public static bool TryCall(string name, [NotNullWhen(true)] out UapiCall? call) => s_calls.TryGetValue(name, out call);

    /// <summary>A struct by its C name; null when there is none.</summary>
    public static StructLayout? Struct(string name) => s_structs.GetValueOrDefault(name);

    /// <summary>iommu_test_cmd as one operation has it.</summary>
    public static StructLayout TestCommand(ulong operation) => s_testLayouts.GetValueOrDefault(operation) ?? s_testLayouts[0];

    /// <summary>Whether this is how an answer names an error.</summary>
    public static bool IsErrno(string name) => s_errnos.ContainsKey(name) && name != nameof(Errno.None);

    /// <summary>
    /// A constant by its C name, or by the end of it that is left when the call's own name goes before: FIXED_IOVA of IOMMU_IOAS_MAP is
    /// IOMMU_IOAS_MAP_FIXED_IOVA. Of several ends the one that shares most with the call; a tie is no answer.
    /// </summary>
    public static ulong? Constant(string name, string call)
    {
        string operation = call == "IOMMU_TEST_CMD" ? "IOMMU_TEST_OP" : call;
        if (s_constants.TryGetValue(name, out ulong exact) || s_constants.TryGetValue($"{operation}_{name}", out exact))
        {
            return exact;
        }

        return s_ends.GetOrAdd((name, call), static asked => ByItsEnd(asked.Name, asked.Call));
    }

    /// <summary>The constant of a value among those whose names begin alike; null when there is none.</summary>
    public static string? NameOf(string prefix, ulong value)
        => s_constants.FirstOrDefault(entry => entry.Value == value && entry.Key.StartsWith(prefix, StringComparison.Ordinal)).Key;

    private static ulong? ByItsEnd(string name, string call)
    {
        var found = s_constants.Where(entry => entry.Key.EndsWith($"_{name}", StringComparison.Ordinal))
            .Select(entry => (entry.Key, entry.Value, Shared: Shared(entry.Key, call))).OrderByDescending(entry => entry.Shared)
            .ThenBy(entry => entry.Key.Length).ToArray();
        return found switch
        {
            [] => null,
            [var only] => only.Value,
            [var best, var next, ..] => best.Shared > next.Shared || best.Value == next.Value ? best.Value : null,
        };
    }

    private static int Shared(string name, string call)
    {
        string[] parts = name.Split('_');
        string[] of = call.Split('_');
        return parts.Zip(of).TakeWhile(pair => pair.First == pair.Second).Count();
    }

    private static Dictionary<string, ulong> Constants()
    {
        var constants = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (string[] cells in Read("abi-linux-7.2-constants.tsv").Concat(Read("kvm-constants.tsv")))
        {
            constants[cells[1]] = ulong.Parse(cells[2].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }

        // Where vfio-pci's regions lie in a device's file.
        string[] regions = ["bar0", "bar1", "bar2", "bar3", "bar4", "bar5", "rom", "config", "vga"];
        for (int i = 0; i < regions.Length; i++)
        {
            constants[regions[i]] = (ulong)i << 40;
        }

        foreach ((string name, ulong value) in SystemConstants())
        {
            constants[name] = value;
        }

        return constants;
    }

    // Of the system calls around the ioctls; of capabilities the bit.
    private static (string Name, ulong Value)[] SystemConstants() =>
    [
        ("ULONG_MAX", ulong.MaxValue), ("UINT_MAX", uint.MaxValue), ("PAGE_SIZE", 4096),
        ("O_RDONLY", 0), ("O_WRONLY", 1), ("O_RDWR", 2), ("O_NONBLOCK", 0x800),
        ("PROT_NONE", 0), ("PROT_READ", 1), ("PROT_WRITE", 2), ("PROT_EXEC", 4), ("MAP_SHARED", 1), ("MAP_PRIVATE", 2),
        ("POLLIN", 1), ("POLLOUT", 4), ("POLLERR", 8), ("POLLHUP", 0x10), ("POLLNVAL", 0x20),
        ("CAP_IPC_LOCK", 1ul << 14), ("CAP_SYS_RAWIO", 1ul << 17), ("CAP_SYS_ADMIN", 1ul << 21), ("CAP_SYS_RESOURCE", 1ul << 24),
    ];

    private static Dictionary<string, StructLayout> Structs()
    {
        var structs = new Dictionary<string, StructLayout>(StringComparer.Ordinal);
        foreach (IGrouping<string, string[]> rows in Read("abi-linux-7.2-structs.tsv").Concat(Read("kvm-structs.tsv")).GroupBy(cells => cells[1]))
        {
            LayoutField[] fields = [.. rows.Select(cells => new LayoutField(cells[2].Split('[')[0], Number(cells[3]), Number(cells[4])))];
            int size = fields[0].Bytes;
            if (rows.Key == "iommu_test_cmd")
            {
                Unfold(fields, size);
                structs[rows.Key] = s_testLayouts[0];
                continue;
            }

            // What lies at the end or behind it belongs to the elements of the array that follows.
            structs[rows.Key] = new StructLayout(
                rows.Key, size, [.. fields.Skip(1).Where(field => field.Name[0] != '(' && (field.IsFlexible || field.Offset < size))]);
        }

        return structs;
    }

    // The members of each struct in the union come before the struct's own row, which spans them.
    private static void Unfold(LayoutField[] fields, int size)
    {
        LayoutField[] head = [.. fields.Where(field => field.Offset < 16 && field.Name[0] != '(')];
        var members = new List<LayoutField>();
        int operation = 0;
        foreach (LayoutField field in fields.Where(field => field.Offset >= 16 && field.Name != "last"))
        {
            int span = members.Count == 0 ? 0 : members.Max(member => member.Offset + member.Bytes) - 16;
            if (members.Count > 0 && field.Offset == 16 && field.Bytes >= span && operation < s_testOperations.Length)
            {
                ulong number = s_constants[$"IOMMU_TEST_OP_{s_testOperations[operation++]}"];
                s_testLayouts[number] = new StructLayout("iommu_test_cmd", size, [.. head, .. members]);
                members.Clear();
            }
            else
            {
                // An id in the union is another than the command's own.
                members.Add(head.Any(other => other.Name == field.Name) ? field with { Name = $"inner_{field.Name}" } : field);
            }
        }

        s_testLayouts[0] = new StructLayout("iommu_test_cmd", size, [.. head, new LayoutField("union", 16, size - 16)]);
    }

    private static int Number(string cell) => int.Parse(cell, CultureInfo.InvariantCulture);

    private static IEnumerable<string[]> Read(string name)
    {
        using Stream stream = typeof(AbiNames).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"{name} is not embedded.");
        using var reader = new StreamReader(stream);
        return [.. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split('\t'))];
    }
}
