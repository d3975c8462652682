using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Vfio.Emulator.Notify;
using Vfio.Emulator.Remote;
using Vfio.Uapi;

namespace Vfio.Emulator.Tracing;

/// <summary>A call on an open file while it is answered: its argument as it was, and after. What cannot be read of the program's memory is not told: the call tells.</summary>
internal sealed class CallTrace
{
    // Of what stands behind a struct.
    private const int MostBehind = 64;
    private const int MostText = 64;
    private const int RegisterSize = 8;
    private const int RegionShift = 40;

    private readonly Tracer _tracer;
    private readonly long _begun = Stopwatch.GetTimestamp();
    private readonly Notification _call;
    private readonly RemoteProcess _process;
    private readonly RemoteMemory _memory;
    private readonly SoftOpen _open;
    private readonly UapiCall? _known;
    private readonly IReadOnlyList<TracedArgument> _before;

    // Bytes of the argument that are looked at.
    private readonly int _size;

    /// <summary>Takes what the program asks.</summary>
    public CallTrace(Tracer tracer, in Notification call, RemoteProcess process, SoftOpen open)
    {
        (_tracer, _call, _process, _memory, _open) = (tracer, call, process, process.Memory, open);
        Notification.SixArguments arguments = call.Arguments;
        switch (call.Number)
        {
            case SystemCall.Ioctl:
                uint request = (uint)arguments[1];
                _known = Find(open.File.Kind, request);
                _size = SizeOf(_known, arguments[2]);
                _before = _known is null
                    ? [new TracedArgument("request", request), new TracedArgument("argument", arguments[2])]
                    : Argument(_known, arguments[2]);
                break;
            case SystemCall.Pread64:
                _before = [Place(arguments[3]), new TracedArgument("count", arguments[2])];
                break;
            case SystemCall.Pwrite64:
                _before = [Place(arguments[3]), new TracedArgument("count", arguments[2]), .. Data(arguments[1], arguments[2])];
                break;
            case SystemCall.Preadv or SystemCall.Preadv2 or SystemCall.Pwritev or SystemCall.Pwritev2:
                _before = [Place(arguments[3]), new TracedArgument("pieces", arguments[2])];
                break;
            case SystemCall.Write:
                _before = [new TracedArgument("count", arguments[2])];
                break;
            case SystemCall.Mmap:
                _before =
                [
                    Place(arguments[5]),
                    new TracedArgument("length", arguments[1]),
                    new TracedArgument("protection", arguments[2]) { Symbol = Names((MmapProtection)arguments[2]) },
                    new TracedArgument("flags", arguments[3]) { Symbol = Names((MmapFlags)arguments[3]) },
                ];
                break;
            default:
                _before = [];
                break;
        }
    }

    /// <summary>It is answered.</summary>
    public void End(Answer answer)
    {
        // Of the calls on a soft file the host does what the soft kernel allowed: it maps.
        if (answer.IsContinued && _call.Number != SystemCall.Mmap)
        {
            return;
        }

        Notification.SixArguments arguments = _call.Arguments;
        _tracer.Write(new TracedCall
        {
            At = _tracer.At(_begun),
            Process = _process.Id,
            Thread = _call.ThreadId,
            Name = _known?.Name ?? NameOf(_call.Number),
            Known = _known,
            Kind = _open.File.Kind,
            Path = _open.Node?.Path,
            Descriptor = (int)arguments[_call.Number == SystemCall.Mmap ? 4 : 0],
            Before = _before,
            After = After(answer.Result),
            Result = answer.IsContinued ? null : answer.Result,
            Duration = Stopwatch.GetElapsedTime(_begun),
        });
    }

    private IReadOnlyList<TracedArgument> After(long result) => _call.Number switch
    {
        SystemCall.Ioctl when _known?.StructName is not null && _size > 0 => Argument(_known, _call.Arguments[2]),
        SystemCall.Pread64 when result > 0 => [.. _before, .. Data(_call.Arguments[1], (ulong)result)],
        _ => [],
    };

    // The container's calls on an iommufd are the container's.
    private static UapiCall? Find(UapiFile? kind, uint request)
        => kind is { } file && (UapiCatalogue.TryFind(file, request, out UapiCall? known) || (file == UapiFile.Iommufd && UapiCatalogue.TryFind(UapiFile.Container, request, out known)))
            ? known : null;

    // Of a struct that says its size no more than that is the caller's.
    private int SizeOf(UapiCall? known, ulong address)
    {
        if (known is null or { Argument: UapiArgument.None or UapiArgument.Value or UapiArgument.TextPointer })
        {
            return 0;
        }

        Span<byte> first = stackalloc byte[4];
        if (known.Argument is not (UapiArgument.Sized or UapiArgument.Argsz))
        {
            return known.Size;
        }

        bool hasMore = known.Number is VfioUapi.VFIO_DEVICE_FEATURE or VfioUapi.VFIO_DEVICE_SET_IRQS || known.Name == nameof(VfioUapi.VFIO_DEVICE_PCI_HOT_RESET);
        return _memory.CopyIn(address, first) != Errno.None ? 0
            : (int)Math.Clamp(BinaryPrimitives.ReadUInt32LittleEndian(first), (uint)first.Length, (uint)(known.Size + (hasMore ? MostBehind : 0)));
    }

    private IReadOnlyList<TracedArgument> Argument(UapiCall known, ulong address)
    {
        switch (known.Argument)
        {
            case UapiArgument.None:
                return [];
            case UapiArgument.Value:
                return [new TracedArgument("value", address) { Symbol = UapiSymbols.Name(known.Name, UapiSymbols.ValueField, address) }];
            case UapiArgument.TextPointer:
                return [Text("text", address, MostText)];
            default:
                break;
        }

        byte[] bytes = new byte[_size];
        if (_size == 0 || _memory.CopyIn(address, bytes) != Errno.None)
        {
            return [new TracedArgument("argument", address)];
        }

        if (known.Argument == UapiArgument.WordPointer)
        {
            return [new TracedArgument("value", unchecked((ulong)BinaryPrimitives.ReadInt32LittleEndian(bytes))) { IsSigned = true }];
        }

        // Behind the head of IOMMU_TEST_CMD is a union: one operation's field would stand under every other's name.
        const int TestHead = 4;
        IEnumerable<UapiField> fields = known.ReadFields(bytes);
        fields = known.Number == IommufdTestUapi.IOMMU_TEST_CMD ? fields.Take(TestHead) : fields;
        TracedArgument[] head = [.. fields.Select(field => TracedArgument.Of(known.Name, field))];
        head[0] = known.Argument is UapiArgument.Sized or UapiArgument.Argsz ? head[0].AsCount() : head[0];
        return [.. head, .. Behind(known, bytes)];
    }

    private static IEnumerable<TracedArgument> Behind(UapiCall known, byte[] bytes)
    {
        if (bytes.Length <= known.Size)
        {
            return [];
        }

        byte[] behind = bytes[known.Size..];
        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(4));
        uint count = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(known.Size - 4));
        return known.Name switch
        {
            nameof(VfioUapi.VFIO_DEVICE_FEATURE) when UapiCatalogue.TryFindFeature(flags, out UapiFeature? feature)
                => feature.ReadFields(behind).Select(field => TracedArgument.Of(feature.Name, field, "data.")),
            nameof(VfioUapi.VFIO_DEVICE_SET_IRQS) when (flags & VfioUapi.VFIO_IRQ_SET_DATA_EVENTFD) != 0 => [Row("data", behind, count)],
            nameof(VfioUapi.VFIO_DEVICE_SET_IRQS) when (flags & VfioUapi.VFIO_IRQ_SET_DATA_BOOL) != 0
                => [new TracedArgument("data", 0) { Numbers = [.. behind.Take((int)Math.Min(count, MostBehind)).Select(static one => (long)one)] }],
            nameof(VfioUapi.VFIO_DEVICE_PCI_HOT_RESET) => [Row("group_fds", behind, count)],
            _ => [],
        };
    }

    private static TracedArgument Row(string name, byte[] bytes, uint count)
        => new(name, 0) { Numbers = [.. bytes.Chunk(sizeof(int)).Where(static piece => piece.Length == sizeof(int)).Take((int)Math.Min(count, MostBehind)).Select(static piece => (long)BinaryPrimitives.ReadInt32LittleEndian(piece))] };

    // Of a device's file BAR0+0x80, else a number.
    private TracedArgument Place(ulong offset)
    {
        if (_open.File.Kind != UapiFile.Device || offset < SeccompFilter.RegionBase)
        {
            return new TracedArgument("offset", offset);
        }

        ulong region = (offset - SeccompFilter.RegionBase) >> RegionShift;
        string name = UapiSymbols.Name(nameof(VfioUapi.VFIO_DEVICE_GET_REGION_INFO), "index", region) ?? $"region{region}";
        return new TracedArgument("offset", offset) { Symbol = string.Create(CultureInfo.InvariantCulture, $"{name}+0x{offset & ((1UL << RegionShift) - 1):x}") };
    }

    // A register's worth is told.
    private IReadOnlyList<TracedArgument> Data(ulong address, ulong count)
    {
        Span<byte> bytes = stackalloc byte[RegisterSize];
        bytes.Clear();
        if (count is 0 or > RegisterSize || _memory.CopyIn(address, bytes[..(int)count]) != Errno.None)
        {
            return [];
        }

        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        return [new TracedArgument("data", value) { Symbol = $"0x{value.ToString($"x{count * 2}", CultureInfo.InvariantCulture)}" }];
    }

    private TracedArgument Text(string name, ulong address, int most)
    {
        ReadOnlySpan<byte> text = _memory.CopyString(address, new byte[most]);
        return text.IsEmpty ? new TracedArgument("argument", address) : new TracedArgument(name, 0) { Text = Encoding.UTF8.GetString(text.TrimEnd((byte)0)) };
    }

    /// <summary>The flags of an open by their names in C.</summary>
    public static string OpenFlags(int flags)
    {
        const int AccessMode = 3;
        (int Bit, string Name)[] names =
            [(0x40, "O_CREAT"), (0x80, "O_EXCL"), (0x200, "O_TRUNC"), (0x400, "O_APPEND"), (0x800, "O_NONBLOCK"), (0x8000, "O_LARGEFILE"), (0x10000, "O_DIRECTORY"), (0x80000, "O_CLOEXEC")];
        string[] modes = ["O_RDONLY", "O_WRONLY", "O_RDWR", "3"];
        int rest = names.Aggregate(flags & ~AccessMode, static (left, known) => left & ~known.Bit);
        return string.Join(
            '|',
            [modes[flags & AccessMode], .. names.Where(known => (flags & known.Bit) != 0).Select(static known => known.Name), .. rest == 0 ? Array.Empty<string>() : [string.Create(CultureInfo.InvariantCulture, $"0x{rest:x}")]]);
    }

    private static string Names<T>(T flags)
        where T : struct, Enum
        => flags.ToString().ToUpperInvariant().Replace(", ", "|", StringComparison.Ordinal);

    /// <summary>A system call's name.</summary>
    public static string NameOf(int number) => number switch
    {
        SystemCall.Ioctl => "ioctl",
        SystemCall.Pread64 => "pread64",
        SystemCall.Pwrite64 => "pwrite64",
        SystemCall.Preadv => "preadv",
        SystemCall.Preadv2 => "preadv2",
        SystemCall.Pwritev => "pwritev",
        SystemCall.Pwritev2 => "pwritev2",
        SystemCall.Write => "write",
        SystemCall.Writev => "writev",
        SystemCall.Mmap => "mmap",
        SystemCall.Fsync => "fsync",
        SystemCall.Fdatasync => "fdatasync",
        SystemCall.Ftruncate => "ftruncate",
        SystemCall.Fallocate => "fallocate",
        SystemCall.Fstat => "fstat",
        SystemCall.Newfstatat => "newfstatat",
        SystemCall.Statx => "statx",
        _ => number.ToString(CultureInfo.InvariantCulture),
    };
}
