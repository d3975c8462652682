using System.Buffers.Binary;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.InProcess;

/// <summary>
/// A thread that makes calls without sense: the values are those at which sizes, counts and addresses break, and descriptors and memory of its program's own
/// only.
/// </summary>
internal sealed class HostileProgram(SoftSystemCalls calls, CountingHost host, int failEvery, Random random, OpenDescriptors open)
{
    private const MmapProtection ReadWrite = MmapProtection.Read | MmapProtection.Write;
    private const int MemorySize = 1 << 16;

    // Behind it, pages past the end of its file, which nobody can pin: what runs over the end must not reach what the runtime has there.
    private const int MappedSize = MemorySize + (1 << 20);

    private static readonly uint[] s_words = [0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 40, 0x1000, 0x2000, 0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff];

    private static readonly (string Path, UapiFile Kind)[] s_nodes =
    [
        ("/dev/iommu", UapiFile.Iommufd), ("/dev/iommu", UapiFile.Iommufd), ("/dev/vfio/vfio", UapiFile.Container), ("/dev/vfio/1", UapiFile.Group),
        ("/dev/vfio/2", UapiFile.Group), ("/dev/vfio/devices/vfio0", UapiFile.Device), ("/dev/vfio/devices/vfio1", UapiFile.Device),
    ];

    private static readonly Dictionary<UapiFile, UapiCall[]> s_calls = s_nodes.Select(node => node.Kind).Distinct()
        .ToDictionary(kind => kind, kind => UapiCatalogue.Calls.Where(call => call.File == kind).ToArray());

    private readonly List<(nint Address, nuint Length)> _mapped = [];
    private readonly List<int> _queues = [];
    private readonly int[] _foreign = new int[4];
    private nint _memory;
    private nint _argument;

    /// <summary>Makes calls until told to stop, and gives back what is its own.</summary>
    public void Run(Func<bool> goesOn)
    {
        _foreign[0] = calls.Eventfd(0, EventfdFlags.NonBlocking);
        _foreign[1] = calls.Eventfd(0, EventfdFlags.NonBlocking);
        _foreign[2] = calls.MemfdCreate("sealed", MemfdFlags.AllowSealing);
        _foreign[3] = calls.MemfdCreate("open", MemfdFlags.AllowSealing);
        calls.Ftruncate(_foreign[2], MemorySize);
        calls.Ftruncate(_foreign[3], MemorySize);
        calls.AddSeals(_foreign[2], FileSeals.Shrink);
        _memory = calls.Mmap(MappedSize, ReadWrite, MmapFlags.Shared, _foreign[2], 0);
        _argument = calls.Mmap(8192, ReadWrite, MmapFlags.Private | MmapFlags.Anonymous, -1, 0);
        host.FailEvery = failEvery;
        while (goesOn())
        {
            Step();
            Calls++;
        }

        host.FailEvery = 0;
        _mapped.ForEach(mapping => calls.Munmap(mapping.Address, mapping.Length));
        calls.Munmap(_memory, MappedSize);
        calls.Munmap(_argument, 8192);
        _queues.ForEach(fd => calls.Close(fd));
        Array.ForEach(_foreign, fd => calls.Close(fd));
    }

    /// <summary>Steps made.</summary>
    public long Calls { get; private set; }

    private void Step()
    {
        int kind = random.Next(40);
        if (open.Count < 8 || kind == 0)
        {
            (string path, UapiFile opened) = s_nodes[random.Next(s_nodes.Length)];
            Keep(calls.Open(path, OpenFlags.ReadWrite), opened);
        }
        else if (kind == 1 || open.Count > 16)
        {
            calls.Close(open.Take(random));
        }
        else if (kind == 2)
        {
            (int from, UapiFile copied) = open.Pick(random);
            Keep(calls.Dup(from), copied);
        }
        else if (kind == 3)
        {
            nuint length = (nuint)Word();
            nint address = calls.Mmap(length & 0xfffff, ReadWrite, MmapFlags.Shared, Soft(), ((long)random.Next(10) << 40) + (Word() & 0xfffff000));
            if (address is >= 0 or < -4095)
            {
                _mapped.Add((address, length & 0xfffff));
            }
        }
        else if (kind < 8)
        {
            Span<byte> bytes = stackalloc byte[random.Next(32)];
            random.NextBytes(bytes);
            long offset = ((long)random.Next(11) << 40) + (random.Next(2) == 0 ? random.Next(0x110) : Word());
            _ = kind < 6 ? calls.Pread(Soft(), bytes, offset) : calls.Pwrite(Soft(), bytes, offset);
            if (_queues.Count != 0)
            {
                int queue = _queues[random.Next(_queues.Count)];
                _ = kind < 6 ? calls.Read(queue, bytes) : calls.Write(queue, bytes);
            }
        }
        else
        {
            Ioctl();
        }
    }

    private void Ioctl()
    {
        UapiFile kind = open.Pick(random).Kind;
        UapiCall[] fitting = s_calls[kind];
        UapiCall call = fitting[random.Next(fitting.Length)];
        uint number = random.Next(20) == 0 ? (uint)random.Next() : call.Number;
        if (call.Argument == UapiArgument.Value && random.Next(4) != 0)
        {
            calls.Ioctl(Soft(call.File), number, Word() & 3);
            return;
        }

        Span<byte> bytes = stackalloc byte[random.Next(6) == 0 ? random.Next(200) : Math.Max(call.Size, call.MinimumSize) + 40];
        bytes.Clear();
        for (int at = 0; at + 4 <= bytes.Length; at += 4)
        {
            if (random.Next(8) == 0 && (at & 7) == 0 && at + 8 <= bytes.Length)
            {
                BinaryPrimitives.WriteInt64LittleEndian(bytes[at..], Address());
                at += 4;
            }
            else
            {
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], random.Next(5) == 0 ? (uint)Descriptor() : random.Next(3) != 0 ? 0 : Word());
            }
        }

        // Otherwise next to none gets past the first check.
        if (bytes.Length >= 4 && call.Argument is UapiArgument.Sized or UapiArgument.Argsz && random.Next(8) != 0)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes, random.Next(4) == 0 ? bytes.Length : Math.Max(call.Size, call.MinimumSize));
        }

        Shape(number, bytes);
        int answer;
        if (random.Next(2) == 0)
        {
            answer = calls.Ioctl(Soft(call.File), number, bytes);
        }
        else
        {
            // Where a descriptor comes back, it must be in memory of ours.
            nint argument = random.Next(10) == 0 && !MakesDescriptor(number) ? (nint)Address() : _argument;
            bytes.CopyTo(MappedBytes.At(_argument, bytes.Length));
            answer = calls.Ioctl(Soft(call.File), number, (nuint)argument);

            // The size it names may be more than was filled in.
            bytes = MappedBytes.At(_argument, 256);
        }

        Collect(number, bytes, answer);
    }

    private static bool MakesDescriptor(uint number)
        => number is IommufdUapi.IOMMU_FAULT_QUEUE_ALLOC or IommufdUapi.IOMMU_VEVENTQ_ALLOC or IommufdTestUapi.IOMMU_TEST_CMD or VfioUapi.VFIO_DEVICE_FEATURE;

    /// <summary>Remembers the descriptor that a call made.</summary>
    private void Collect(uint number, ReadOnlySpan<byte> bytes, int answer)
    {
        int at = number switch
        {
            IommufdUapi.IOMMU_FAULT_QUEUE_ALLOC => 12,
            IommufdUapi.IOMMU_VEVENTQ_ALLOC => 24,
            IommufdTestUapi.IOMMU_TEST_CMD when Operation(bytes) == IommufdTestUapi.IOMMU_TEST_OP_CREATE_ACCESS => 16,
            _ => -1,
        };
        if (number == VfioUapi.VFIO_GROUP_GET_DEVICE_FD)
        {
            Keep(answer, UapiFile.Device);
        }
        else if (answer > 0 && (number == VfioUapi.VFIO_DEVICE_FEATURE || (number == IommufdTestUapi.IOMMU_TEST_CMD && Operation(bytes) == IommufdTestUapi.IOMMU_TEST_OP_DMABUF_GET)))
        {
            _queues.Add(answer);
        }
        else if (answer == 0 && at >= 0 && bytes.Length >= at + 4)
        {
            _queues.Add(BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]));
        }
    }

    private static uint Operation(ReadOnlySpan<byte> bytes) => bytes.Length < 8 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]);

    // The fields that decide whether a call comes to its work at all.
    private void Shape(uint number, Span<byte> bytes)
    {
        if (bytes.Length < 32 || random.Next(4) == 0)
        {
            return;
        }

        switch (number)
        {
            case VfioUapi.VFIO_GROUP_SET_CONTAINER:
                BinaryPrimitives.WriteInt32LittleEndian(bytes, Soft(random.Next(2) == 0 ? UapiFile.Container : UapiFile.Iommufd));
                break;
            case VfioUapi.VFIO_GROUP_GET_DEVICE_FD:
                bytes.Clear();
                (random.Next(2) == 0 ? "0000:00:01.0"u8 : "0000:00:02.0"u8).CopyTo(bytes);
                break;
            case VfioUapi.VFIO_DEVICE_BIND_IOMMUFD:
                BinaryPrimitives.WriteInt32LittleEndian(bytes, 16);
                BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], 0);
                BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], Soft(UapiFile.Iommufd));
                break;
            case VfioUapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT:
                BinaryPrimitives.WriteInt32LittleEndian(bytes, 12);
                BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], 0);
                BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], random.Next(1, 5));
                break;
            case VfioUapi.VFIO_DEVICE_SET_IRQS:
                int vectors = random.Next(3);
                BinaryPrimitives.WriteInt32LittleEndian(bytes, 20 + (4 * vectors));
                BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], (1 << random.Next(3)) | (8 << random.Next(3)));
                BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], random.Next(5));
                BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], random.Next(3));
                BinaryPrimitives.WriteInt32LittleEndian(bytes[16..], vectors);
                BinaryPrimitives.WriteInt32LittleEndian(bytes[20..], _foreign[random.Next(2)]);
                BinaryPrimitives.WriteInt32LittleEndian(bytes[24..], random.Next(2) == 0 ? -1 : _foreign[0]);
                break;
            case VfioUapi.VFIO_DEVICE_IOEVENTFD:
                BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], 1 << random.Next(4));
                BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], random.Next(8) * 4);
                BinaryPrimitives.WriteInt32LittleEndian(bytes[24..], random.Next(2) == 0 ? -1 : _foreign[1]);
                break;
            case VfioUapi.VFIO_IOMMU_MAP_DMA:
                BinaryPrimitives.WriteInt32LittleEndian(bytes, 32);
                BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], random.Next(4));
                BinaryPrimitives.WriteInt64LittleEndian(bytes[8..], Address());
                BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], random.Next(8) * 4096);
                BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], random.Next(1, 5) * 4096);
                break;
            case IommufdUapi.IOMMU_IOAS_MAP:
                BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], random.Next(8));
                BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], random.Next(1, 5));
                BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], 0);
                BinaryPrimitives.WriteInt64LittleEndian(bytes[16..], Address());
                BinaryPrimitives.WriteInt64LittleEndian(bytes[24..], random.Next(1, 9) * 2048);
                break;
            case IommufdUapi.IOMMU_HWPT_ALLOC:
                BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], random.Next(16));
                BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], random.Next(1, 9));
                BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], random.Next(1, 9));
                break;
            case IommufdUapi.IOMMU_VIOMMU_ALLOC:
                BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], 0);
                BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], IommufdTestUapi.IOMMU_VIOMMU_TYPE_SELFTEST);
                BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], random.Next(1, 9));
                BinaryPrimitives.WriteInt32LittleEndian(bytes[16..], random.Next(1, 9));
                break;
            case IommufdTestUapi.IOMMU_TEST_CMD:
                BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], random.Next(1, (int)IommufdTestUapi.IOMMU_TEST_OP_DMABUF_REVOKE + 1));
                BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], random.Next(1, 9));
                break;
            case IommufdUapi.IOMMU_IOAS_MAP_FILE:
                BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], random.Next(8));
                BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], random.Next(1, 5));
                BinaryPrimitives.WriteInt32LittleEndian(bytes[12..], Descriptor());
                break;
        }
    }

    private uint Word() => s_words[random.Next(s_words.Length)];

    private int Soft() => open.Pick(random).Descriptor;

    private int Soft(UapiFile kind) => random.Next(8) == 0 ? Soft() : open.Pick(random, kind);

    private int Descriptor() => random.Next(3) == 0 ? Soft() : random.Next(5) == 0 ? -1 : _foreign[random.Next(_foreign.Length)];

    private long Address() => random.Next(6) switch
    {
        0 => 0,
        1 => long.MinValue,
        2 => -4096,
        3 => _memory + MemorySize - 4096,
        _ => _memory + (random.Next(8) * 4096) + (random.Next(4) == 0 ? 2048 : 0),
    };

    private void Keep(int fd, UapiFile kind)
    {
        if (fd > 0)
        {
            open.Add(fd, kind);
        }
    }
}