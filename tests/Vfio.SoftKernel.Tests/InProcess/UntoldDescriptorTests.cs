using Vfio.Hardware.Iommus;
using Vfio.SoftKernel.Core;
using Vfio.SoftKernel.InProcess;
using Vfio.SoftKernel.Tests.Doubles;
using Vfio.SoftKernel.Tests.VfioCore;
using Vfio.Uapi;
using static Vfio.Uapi.IommufdTestUapi;

namespace Vfio.SoftKernel.Tests.InProcess;

/// <summary>Calls that tell a new descriptor in a struct: while the struct is copied out nobody can use the number, nor ever if it cannot be.</summary>
public sealed class UntoldDescriptorTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_a_fault_queue(bool told)
    {
        using var machine = new Machine("selftest");
        int iommufd = machine.Calls.Open("/dev/iommu", OpenFlags.ReadWrite);
        Ask(machine.Calls, iommufd, IommufdUapi.IOMMU_FAULT_QUEUE_ALLOC, new IommuFaultAlloc { Size = 16 }, 0, 12, told);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_a_queue_of_vevents(bool told)
    {
        using var machine = new Machine("selftest");
        int iommufd = machine.Calls.Open("/dev/iommu", OpenFlags.ReadWrite);
        IommuIoasAlloc ioas = new() { Size = 12 };
        Call(machine.Calls, iommufd, IommufdUapi.IOMMU_IOAS_ALLOC, ref ioas);
        IommuTestCmd mock = new() { Size = 72, Op = IOMMU_TEST_OP_MOCK_DOMAIN, Id = ioas.OutIoasId };
        Call(machine.Calls, iommufd, IOMMU_TEST_CMD, ref mock);
        IommuHwptAlloc parent = new() { Size = 48, DevId = mock.MockDomainOutIdevId, PtId = ioas.OutIoasId, Flags = IommufdUapi.IOMMU_HWPT_ALLOC_NEST_PARENT };
        Call(machine.Calls, iommufd, IommufdUapi.IOMMU_HWPT_ALLOC, ref parent);
        IommuViommuAlloc viommu = new() { Size = 40, Type = IOMMU_VIOMMU_TYPE_SELFTEST, DevId = parent.DevId, HwptId = parent.OutHwptId };
        Call(machine.Calls, iommufd, IommufdUapi.IOMMU_VIOMMU_ALLOC, ref viommu);
        IommuVeventqAlloc queue = new() { Size = 32, ViommuId = viommu.OutViommuId, Type = IOMMU_VEVENTQ_TYPE_SELFTEST, VeventqDepth = 2 };
        Ask(machine.Calls, iommufd, IommufdUapi.IOMMU_VEVENTQ_ALLOC, queue, 0, 24, told);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_an_access_of_the_test_call(bool told)
    {
        using var machine = new Machine("selftest");
        int iommufd = machine.Calls.Open("/dev/iommu", OpenFlags.ReadWrite);
        IommuIoasAlloc ioas = new() { Size = 12 };
        Call(machine.Calls, iommufd, IommufdUapi.IOMMU_IOAS_ALLOC, ref ioas);
        Ask(machine.Calls, iommufd, IOMMU_TEST_CMD, new IommuTestCmd { Size = 72, Op = IOMMU_TEST_OP_CREATE_ACCESS, Id = ioas.OutIoasId }, 0, 16, told);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Of_a_migration_stream(bool told)
    {
        using EduMachine machine = EduMachine.Migratable();
        var change = (16u, VfioUapi.VFIO_DEVICE_FEATURE_SET | VfioUapi.VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, new VfioDeviceFeatureMigState { DeviceState = VfioUapi.VFIO_DEVICE_STATE_PRE_COPY });
        Ask(machine.Calls, machine.OpenBound(), VfioUapi.VFIO_DEVICE_FEATURE, change, 8, 4, told);
    }

    /// <summary>Asks a call whose answer begins <paramref name="from"/> bytes into its argument and has the descriptor <paramref name="at"/> there.</summary>
    private static void Ask<T>(SoftSystemCalls calls, int file, uint request, T argument, ulong from, int at, bool told)
        where T : unmanaged
    {
        IReadOnlyList<string> before = calls.FindLeaks();
        var memory = new Witness(calls, StructBytes.AsBytes(ref argument).ToArray(), from, at, told);
        var task = new KernelTask(calls.Task.ProcessId, memory, calls.Task.Files, calls.Task.Credentials);
        OpenFile open = task.Files.Get(file)!;
        int result = open.Ioctl(task, request, new UserArgument(memory, Witness.Address));
        open.Put();

        Assert.Equal(told ? 0 : -(int)Errno.EFAULT, result);
        Assert.True(memory.Descriptor > 2);
        Assert.Equal((false, -(int)Errno.EBADF), memory.Seen);
        if (told)
        {
            Assert.Equal(0, calls.Close(memory.Descriptor));
        }

        Assert.Equal(before, calls.FindLeaks());
    }

    private static void Call<T>(SoftSystemCalls calls, int file, uint request, ref T argument)
        where T : unmanaged => Assert.Equal(0, calls.Ioctl(file, request, StructBytes.AsBytes(ref argument)));

    /// <summary>The argument's memory, which looks and closes, as another thread could, while the answer is copied out to it.</summary>
    private sealed class Witness(SoftSystemCalls calls, byte[] argument, ulong from, int at, bool writable) : UserMemory
    {
        public const ulong Address = 0x1000;

        public int Descriptor { get; private set; }

        public (bool Found, int Closed) Seen { get; private set; }

        public override Errno CopyIn(ulong address, Span<byte> destination)
        {
            argument.AsSpan((int)(address - Address), destination.Length).CopyTo(destination);
            return Errno.None;
        }

        public override Errno CopyOut(ulong address, ReadOnlySpan<byte> source)
        {
            Assert.Equal(Address + from, address);
            Descriptor = BitConverter.ToInt32(source[at..]);
            OpenFile? found = calls.Task.Files.Get(Descriptor);
            found?.Put();
            Seen = (found is not null, calls.Close(Descriptor));
            return writable ? Errno.None : Errno.EFAULT;
        }

        public override Errno Pin(ulong address, ulong length, bool writable, out DmaBacking? backing, out ulong offset)
        {
            (backing, offset) = (null, 0);
            return Errno.EFAULT;
        }
    }
}
