using System.Reflection;
using System.Runtime.InteropServices;

namespace Vfio.Uapi.Tests;

/// <summary>The same facts as the recorded tables, and those no table has (KVM, errno, the seam's flags), asked of the C compiler here.</summary>
public sealed class CCompilerTests(ITestOutputHelper output)
{
    private static readonly ulong s_linux72 = (7 << 16) | (2 << 8);

    [Fact]
    public void Constants_have_the_values_of_the_headers_here()
    {
        Type[] classes = [typeof(IommufdUapi), typeof(VfioUapi), typeof(KvmUapi)];
        var ours = classes.SelectMany(type => type.GetFields(BindingFlags.Public | BindingFlags.Static))
            .Where(field => field.FieldType == typeof(uint))
            .ToDictionary(field => field.Name, field => (ulong)(uint)field.GetRawConstantValue()!, StringComparer.Ordinal);
        Compare(ours, ours.Keys.Select(name => (name, $"(unsigned int)({name})")));
    }

    [Fact]
    public void Texts_have_the_values_of_the_headers_here()
    {
        var ours = new Dictionary<string, ulong>(StringComparer.Ordinal);
        var questions = new List<(string, string)>();
        foreach (FieldInfo field in typeof(VfioUapi).GetFields().Where(field => field.FieldType == typeof(string)))
        {
            ours.Add(field.Name, 0);
            questions.Add((field.Name, $"__builtin_strcmp({field.Name}, \"{field.GetRawConstantValue()}\") != 0"));
        }

        Assert.Equal(5, ours.Count);
        Compare(ours, questions);
    }

    [Fact]
    public void Structs_are_laid_out_as_the_headers_here_say()
    {
        var ours = new Dictionary<string, ulong>(StringComparer.Ordinal);
        var questions = new List<(string, string)>();
        (string Struct, string[] Fields)[] kvm = [("kvm_create_device", ["type", "fd", "flags"]), ("kvm_device_attr", ["flags", "group", "attr", "addr"])];
        IEnumerable<(string Struct, string Field)> fields = AbiTable.Fields
            // The header of the test interface is the kernel's own and not installed.
            .Where(row => row.Header != "iommufd_test" && !AbiTable.LeftOut.Contains(row.Struct) && row.Field[0] != '(')
            .Select(row => (row.Struct, row.Field))
            .Concat(kvm.SelectMany(type => type.Fields.Select(field => (type.Struct, field))));
        foreach (var type in fields.GroupBy(field => field.Struct, field => field.Field, StringComparer.Ordinal))
        {
            string name = type.Key;
            var measured = MeasuredStruct.Of(AbiTable.TypeOf(name)!);
            ours.Add(name, (ulong)measured.Size);
            questions.Add((name, $"sizeof(struct {name})"));
            foreach (string field in type.Select(field => field.Split('[')[0]).Distinct())
            {
                // Nested and trailing fields of the tables are other structs' own; an array begins with its element 0.
                string pascal = AbiTable.Pascal(field);
                if (measured.Fields.FirstOrDefault(candidate => candidate.Name == pascal || candidate.Name == pascal + "0") is { Bytes: > 0 } ourField)
                {
                    ours.TryAdd($"{name}.{field}", (ulong)ourField.Offset);
                    questions.Add(($"{name}.{field}", $"offsetof(struct {name}, {field})"));
                }
            }
        }

        // Fields of a nested struct have no name at the outer one.
        string[] nested = ["id", "version", "next"];
        questions.RemoveAll(question => nested.Any(field => question.Item1.EndsWith("." + field, StringComparison.Ordinal))
            && ours.ContainsKey(question.Item1.Split('.')[0] + ".header"));
        questions.RemoveAll(question => question.Item1 is "vfio_iommu_type1_dirty_bitmap_get.pgsize" or "vfio_iommu_type1_dirty_bitmap_get.data");
        Compare(ours, questions, mayHaveGrown: true);
    }

    [Fact]
    public void Errno_values_are_those_of_the_headers_here()
    {
        var ours = Enum.GetValues<Errno>().Where(errno => errno != Errno.None)
            .ToDictionary(errno => errno.ToString(), errno => (ulong)errno, StringComparer.Ordinal);
        Compare(ours, ours.Keys.Select(name => (name, name)), complete: true);
    }

    [Fact]
    public void The_seam_has_the_flags_of_the_headers_here()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "the seam's flags are those of x86-64");
        (string C, ulong Ours)[] flags =
        [
            ("O_RDONLY", (ulong)OpenFlags.ReadOnly), ("O_WRONLY", (ulong)OpenFlags.WriteOnly), ("O_RDWR", (ulong)OpenFlags.ReadWrite),
            ("O_NONBLOCK", (ulong)OpenFlags.NonBlocking), ("O_DIRECTORY", (ulong)OpenFlags.Directory),
            ("F_OK", (ulong)AccessMode.Exists), ("R_OK", (ulong)AccessMode.Read), ("W_OK", (ulong)AccessMode.Write),
            ("EPOLL_CTL_ADD", (ulong)EpollOperation.Add), ("EPOLL_CTL_DEL", (ulong)EpollOperation.Delete),
            ("EPOLL_CTL_MOD", (ulong)EpollOperation.Modify),
            ("EFD_NONBLOCK", (ulong)EventfdFlags.NonBlocking),
            ("F_SEAL_SEAL", (ulong)FileSeals.Seal), ("F_SEAL_SHRINK", (ulong)FileSeals.Shrink), ("F_SEAL_GROW", (ulong)FileSeals.Grow),
            ("F_SEAL_WRITE", (ulong)FileSeals.Write),
            ("MFD_ALLOW_SEALING", (ulong)MemfdFlags.AllowSealing), ("MFD_HUGETLB", (ulong)MemfdFlags.HugePages),
            ("MADV_DONTFORK", (ulong)MemoryAdvice.DontFork), ("MADV_HUGEPAGE", (ulong)MemoryAdvice.HugePage),
            ("MADV_DONTDUMP", (ulong)MemoryAdvice.DontDump),
            ("MAP_SHARED", (ulong)MmapFlags.Shared), ("MAP_PRIVATE", (ulong)MmapFlags.Private), ("MAP_ANONYMOUS", (ulong)MmapFlags.Anonymous),
            ("MAP_POPULATE", (ulong)MmapFlags.Populate), ("MAP_HUGETLB", (ulong)MmapFlags.HugePages),
            ("PROT_NONE", (ulong)MmapProtection.None), ("PROT_READ", (ulong)MmapProtection.Read),
            ("PROT_WRITE", (ulong)MmapProtection.Write), ("PROT_EXEC", (ulong)MmapProtection.Execute),
            ("POLLIN", (ulong)PollEvents.In), ("POLLPRI", (ulong)PollEvents.Priority), ("POLLOUT", (ulong)PollEvents.Out),
            ("POLLERR", (ulong)PollEvents.Error), ("POLLHUP", (ulong)PollEvents.HangUp), ("POLLNVAL", (ulong)PollEvents.Invalid),
            ("EPOLLIN", (ulong)PollEvents.In), ("EPOLLPRI", (ulong)PollEvents.Priority), ("EPOLLOUT", (ulong)PollEvents.Out),
            ("EPOLLERR", (ulong)PollEvents.Error), ("EPOLLHUP", (ulong)PollEvents.HangUp),
            ("EPOLLONESHOT", (ulong)PollEvents.OneShot), ("EPOLLET", (ulong)PollEvents.EdgeTriggered),
            ("sizeof(struct pollfd)", (ulong)StructBytes.SizeOf<PollFd>()), ("sizeof(struct epoll_event)", (ulong)StructBytes.SizeOf<EpollEvent>()),
            ("offsetof(struct epoll_event, data)", (ulong)MeasuredStruct.Of(typeof(EpollEvent)).Fields[1].Offset),
        ];
        Compare(
            flags.ToDictionary(flag => flag.C, flag => flag.Ours, StringComparer.Ordinal),
            flags.Select(flag => (flag.C, flag.C.Contains(' ', StringComparison.Ordinal) ? flag.C : $"(unsigned int)({flag.C})")),
            complete: true);

        // Every value of every flag type is in the table above.
        int named = new[]
        {
            typeof(OpenFlags), typeof(AccessMode), typeof(EpollOperation), typeof(EventfdFlags), typeof(FileSeals), typeof(MemfdFlags),
            typeof(MemoryAdvice), typeof(MmapFlags), typeof(MmapProtection), typeof(PollEvents),
        }.Sum(type => Enum.GetNames(type).Count(name => name != "None" || type == typeof(MmapProtection)));
        Assert.Equal(named, flags.Length - 3 - 5);
    }

    private void Compare(
        Dictionary<string, ulong> ours, IEnumerable<(string Name, string Expression)> questions, bool complete = false, bool mayHaveGrown = false)
    {
        CCompiler? compiler = CCompiler.Find(out string whyNot);
        Assert.SkipWhen(compiler is null, whyNot);
        IReadOnlyDictionary<string, ulong> theirs = compiler!.Ask([("LINUX_VERSION_CODE", "LINUX_VERSION_CODE"), .. questions.Distinct()]);
        ulong version = theirs["LINUX_VERSION_CODE"];
        string release = $"Linux {version >> 16}.{(version >> 8) & 0xff}";
        string[] unknown = [.. questions.Select(question => question.Name).Distinct().Where(name => !theirs.ContainsKey(name))];
        output.WriteLine($"{release} headers: {theirs.Count - 1} compared, {unknown.Length} unknown to them: {string.Join(' ', unknown)}");

        string[] differences =
        [
            .. theirs.Where(their => their.Key != "LINUX_VERSION_CODE" && ours[their.Key] != their.Value
                    // A struct only ever grows at its end: older headers may have less of it, newer ones more.
                    && !(mayHaveGrown && !their.Key.Contains('.', StringComparison.Ordinal)
                        && (version < s_linux72 ? their.Value < ours[their.Key] : version > (s_linux72 | 0xff) && their.Value > ours[their.Key])))
                .Select(their => $"{their.Key}: {their.Value} in C, {ours[their.Key]} here"),
        ];
        Assert.True(differences.Length == 0, $"{release} headers: {string.Join("; ", differences)}");
        if (complete || version >= s_linux72)
        {
            Assert.Empty(unknown);
        }
    }
}
