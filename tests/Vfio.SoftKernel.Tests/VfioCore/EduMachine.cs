using System.Buffers.Binary;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Topology;
using Vfio.Uapi;

namespace Vfio.SoftKernel.Tests.VfioCore;

/// <summary>A machine whose edu is on vfio-pci, and a program that knows the uAPI's structs.</summary>
internal sealed class EduMachine : IDisposable
{
    public const long Config = 7L << 40;

    public EduMachine(string topology = "q35-intel", Credentials? credentials = null)
        : this(SoftTopologies.Load(topology), credentials)
    {
    }

    public EduMachine(MachineTopology topology, Credentials? credentials = null)
    {
        Soft = new SoftMachine(topology, VfioHost.Local.Calls);
        Calls = new SoftSystemCalls(Soft, credentials);
        Edu = new VfioHost(Calls).ListFunctions().Single(function => function is { VendorId: 0x1234, DeviceId: 0x11e8 });
        Group = $"/dev/vfio/{Edu.GroupId}";
    }

    /// <summary>One whose edu a variant driver could have: its state can be moved.</summary>
    public static EduMachine Migratable()
    {
        MachineTopology intel = SoftTopologies.Load("q35-intel");
        return new EduMachine(intel with { Functions = [.. intel.Functions.Select(function => function with { Migration = function.Model == "edu" })] });
    }

    public SoftMachine Soft { get; }

    public SoftSystemCalls Calls { get; }

    public PciFunction Edu { get; }

    public string Group { get; }

    public int Open(string path)
    {
        int fd = Calls.Open(path, OpenFlags.ReadWrite);
        Assert.True(fd >= 0, $"{path}: {(Errno)(-fd)}");
        return fd;
    }

    public int Bind(int device, int iommufd)
    {
        var bind = new VfioDeviceBindIommufd { Argsz = 24, Iommufd = iommufd };
        return Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_BIND_IOMMUFD, StructBytes.AsBytes(ref bind));
    }

    /// <summary>The device node, bound to an iommufd that stays open beside it.</summary>
    public int OpenBound()
    {
        int device = Open("/dev/vfio/devices/vfio0");
        Assert.Equal(0, Bind(device, Open("/dev/iommu")));
        return device;
    }

    public int SetIrqs(int device, uint index, uint flags, params int[] descriptors)
    {
        byte[] set = new byte[20 + (descriptors.Length * 4)];
        uint[] words = [(uint)set.Length, flags, index, 0, (uint)descriptors.Length];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(set.AsSpan(i * 4), words[i]);
        }

        for (int i = 0; i < descriptors.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(set.AsSpan(20 + (i * 4)), descriptors[i]);
        }

        return Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_SET_IRQS, set.AsSpan());
    }

    /// <summary>VFIO_DEVICE_FEATURE with data that follows the header, which gets what the kernel wrote.</summary>
    public int Feature(int device, uint flags, Span<byte> data, uint? argsz = null)
    {
        byte[] argument = new byte[8 + data.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(argument, argsz ?? (uint)argument.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(argument.AsSpan(4), flags);
        data.CopyTo(argument.AsSpan(8));
        int result = Calls.Ioctl(device, VfioUapi.VFIO_DEVICE_FEATURE, argument.AsSpan());
        argument.AsSpan(8).CopyTo(data);
        return result;
    }

    /// <summary>edu moves bytes between memory and its buffer; until it has.</summary>
    public void Transfer(int device, ulong source, ulong destination, uint count, uint command)
    {
        StartTransfer(device, source, destination, count, command);
        Assert.True(SpinWait.SpinUntil(() => (Read32(device, 0x98) & 1) == 0, TimeSpan.FromSeconds(30)));
    }

    public void StartTransfer(int device, ulong source, ulong destination, uint count, uint command)
    {
        Write32(device, 0x80, (uint)source);
        Write32(device, 0x88, (uint)destination);
        Write32(device, 0x90, count);
        Write32(device, 0x98, command);
    }

    public uint Read32(int device, long offset)
    {
        byte[] bytes = new byte[4];
        Assert.Equal(4, Calls.Pread(device, bytes, offset));
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    public void Write32(int device, long offset, uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        Assert.Equal(4, Calls.Pwrite(device, bytes, offset));
    }

    /// <summary>The eventfd's count, waited for.</summary>
    public ulong Wait(int eventfd)
    {
        PollFd[] fds = [new PollFd(eventfd, PollEvents.In)];
        Assert.Equal(1, Calls.Poll(fds, 30_000));
        byte[] count = new byte[8];
        Assert.Equal(8, Calls.Read(eventfd, count));
        return BinaryPrimitives.ReadUInt64LittleEndian(count);
    }

    public bool IsSignalled(int eventfd)
    {
        PollFd[] fds = [new PollFd(eventfd, PollEvents.In)];
        return Calls.Poll(fds, 0) == 1;
    }

    public void Signal(int eventfd) => Assert.Equal(8, Calls.Write(eventfd, [1, 0, 0, 0, 0, 0, 0, 0]));

    /// <summary>A container with edu's group in it, on type 1 version 2. The group's descriptor comes too.</summary>
    public int OpenContainer(out int group)
    {
        group = Open(Group);
        int container = Open("/dev/vfio/vfio");
        int fd = container;
        Assert.Equal(0, Calls.Ioctl(group, VfioUapi.VFIO_GROUP_SET_CONTAINER, StructBytes.AsBytes(ref fd)));
        Assert.Equal(0, Calls.Ioctl(container, VfioUapi.VFIO_SET_IOMMU, (nuint)VfioUapi.VFIO_TYPE1v2_IOMMU));
        return container;
    }

    public int Map(int container, nint address, ulong iova, ulong size)
    {
        var map = new VfioIommuType1DmaMap { Argsz = 32, Flags = 3, Vaddr = (ulong)address, Iova = iova, Size = size };
        return Calls.Ioctl(container, VfioUapi.VFIO_IOMMU_MAP_DMA, StructBytes.AsBytes(ref map));
    }

    public int Unmap(int container, ulong iova, ref ulong size)
    {
        var unmap = new VfioIommuType1DmaUnmap { Argsz = 24, Iova = iova, Size = size };
        int result = Calls.Ioctl(container, VfioUapi.VFIO_IOMMU_UNMAP_DMA, StructBytes.AsBytes(ref unmap));
        size = unmap.Size;
        return result;
    }

    public int GetDevice(int group, string name)
    {
        byte[] text = [.. System.Text.Encoding.ASCII.GetBytes(name), 0];
        return Calls.Ioctl(group, VfioUapi.VFIO_GROUP_GET_DEVICE_FD, text.AsSpan());
    }

    public nint Memory(int size)
    {
        nint address = Calls.Mmap((nuint)size, MmapProtection.Read | MmapProtection.Write, MmapFlags.Shared | MmapFlags.Anonymous, -1, 0);
        Assert.True(address > 0);
        return address;
    }

    public int WriteFile(string path, string text)
    {
        int fd = Calls.Open(path, OpenFlags.WriteOnly);
        Assert.True(fd >= 0, path);
        int written = (int)Calls.Write(fd, System.Text.Encoding.ASCII.GetBytes(text));
        Calls.Close(fd);
        return written;
    }

    public void Dispose() => Soft.Dispose();
}
