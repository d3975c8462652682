namespace Vfio.Uapi.Tests;

public sealed class CatalogueTests
{
    [Fact]
    public void Every_ioctl_of_the_headers_is_in_the_catalogue()
    {
        var known = UapiCatalogue.Calls.Select(call => call.Name).ToHashSet(StringComparer.Ordinal);
        // Every ioctl's name stands for type ';' and a number of VFIO or iommufd; nothing else in the headers has such a value.
        string[] ioctls =
        [
            .. AbiTable.Constants.Where(row => row.Value >> 8 == IommufdUapi.IOMMUFD_TYPE && !row.IsText && !AbiTable.LeftOut.Contains(row.Name))
                .Select(row => row.Name),
        ];
        Assert.Equal(48, ioctls.Length);
        Assert.Empty(ioctls.Except(known));
        Assert.All(known.Except(ioctls), name => Assert.StartsWith("KVM_", name, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_feature_of_the_headers_is_in_the_catalogue_at_its_number()
    {
        string[] others = ["MASK", "GET", "SET", "PROBE", "SET_MASTER", "CLEAR_MASTER"];
        string[] features =
        [
            .. AbiTable.Constants.Select(row => row.Name)
                .Where(name => name.StartsWith("VFIO_DEVICE_FEATURE_", StringComparison.Ordinal)
                    && !others.Contains(name["VFIO_DEVICE_FEATURE_".Length..])),
        ];
        Assert.Equal(features.Order(StringComparer.Ordinal), UapiCatalogue.Features.Select(feature => feature.Name).Order(StringComparer.Ordinal));
        for (int number = 0; number < UapiCatalogue.Features.Length; number++)
        {
            Assert.Equal((uint)number, UapiCatalogue.Features[number].Number);
            Assert.True(UapiCatalogue.TryFindFeature((uint)number | VfioUapi.VFIO_DEVICE_FEATURE_PROBE, out UapiFeature? found));
            Assert.Same(UapiCatalogue.Features[number], found);
        }

        Assert.False(UapiCatalogue.TryFindFeature((uint)UapiCatalogue.Features.Length, out _));
        Assert.False(UapiCatalogue.TryFindFeature(uint.MaxValue, out _));
    }

    [Fact]
    public void Every_call_is_found_by_its_file_and_number_and_nowhere_else()
    {
        foreach (UapiCall call in UapiCatalogue.Calls)
        {
            Assert.True(UapiCatalogue.TryFind(call.File, call.Number, out UapiCall? found), call.Name);
            Assert.Same(call, found);
            Assert.False(UapiCatalogue.TryFind(call.File, call.Number ^ 0x100, out _), call.Name);
        }

        Assert.False(UapiCatalogue.TryFind(UapiFile.Iommufd, VfioUapi.VFIO_IOMMU_MAP_DMA, out _));
        Assert.False(UapiCatalogue.TryFind((UapiFile)99, VfioUapi.VFIO_IOMMU_MAP_DMA, out _));
        Assert.False(UapiCatalogue.TryFind((UapiFile)(-1), VfioUapi.VFIO_IOMMU_MAP_DMA, out _));
    }

    [Fact]
    public void One_number_means_another_call_on_another_file()
    {
        Assert.True(UapiCatalogue.TryFind(UapiFile.Container, 0x3b71, out UapiCall? container));
        Assert.True(UapiCatalogue.TryFind(UapiFile.Device, 0x3b71, out UapiCall? device));
        Assert.Equal("VFIO_IOMMU_MAP_DMA", container.Name);
        Assert.Equal("VFIO_DEVICE_PCI_HOT_RESET", device.Name);
    }

    [Fact]
    public void Sizes_are_those_of_the_structs_and_minimums_are_within()
    {
        foreach (UapiCall call in UapiCatalogue.Calls)
        {
            bool hasStruct = call.Argument is UapiArgument.Sized or UapiArgument.Argsz or UapiArgument.Fixed;
            Assert.Equal(hasStruct, call.Struct is not null);
            Assert.InRange(call.MinimumSize, hasStruct ? 8 : 0, call.Size);
            if (call.Struct is not { } type)
            {
                Assert.Equal(call.Argument == UapiArgument.WordPointer ? 4 : 0, call.Size);
                continue;
            }

            Assert.Equal(AbiTable.Pascal(call.StructName!), type.Name);
            var measured = MeasuredStruct.Of(type);
            Assert.Equal(measured.Size, call.Size);
            // A call grows by whole fields, so the first release ended where some field ends.
            Assert.Contains(measured.Fields, field => field.End == call.MinimumSize);
            string first = call.Argument switch { UapiArgument.Sized => "Size", UapiArgument.Argsz => "Argsz", _ => measured.Fields[0].Name };
            Assert.Equal(new MeasuredField(first, 0, 4), measured.Fields[0]);
        }
    }

    [Fact]
    public void Only_iommufd_has_sized_structs_and_only_VFIO_has_argsz()
    {
        Assert.All(UapiCatalogue.Calls, call => Assert.Equal(call.File == UapiFile.Iommufd, call.Argument == UapiArgument.Sized));
        Assert.All(
            UapiCatalogue.Calls.Where(call => call.Argument == UapiArgument.Argsz),
            call => Assert.StartsWith("VFIO_", call.Name, StringComparison.Ordinal));
    }

    [Fact]
    public void Kvm_numbers_carry_the_size_of_their_struct()
    {
        foreach (UapiCall call in UapiCatalogue.Calls.Where(call => call.Argument == UapiArgument.Fixed))
        {
            Assert.Equal((uint)call.Size, (call.Number >> 16) & 0x3fff);
        }
    }

    [Fact]
    public void Releases_run_from_the_first_to_Linux_7_2()
    {
        Assert.All(UapiCatalogue.Calls.Select(call => call.Since), since => Assert.True(since >= new KernelRelease(2, 6) && since <= new KernelRelease(7, 2)));
        Assert.All(
            UapiCatalogue.Calls.Where(call => call.File == UapiFile.Iommufd),
            call => Assert.True(call.Since >= new KernelRelease(6, 2), call.Name));
        // Features are numbered as they came.
        Assert.Equal(UapiCatalogue.Features.Select(feature => feature.Since), UapiCatalogue.Features.Select(feature => feature.Since).Order());
        Assert.True(new KernelRelease(6, 2) < new KernelRelease(6, 13));
        Assert.True(new KernelRelease(7, 0) > new KernelRelease(6, 19));
        Assert.Equal("6.13", new KernelRelease(6, 13).ToString());
    }

    [Fact]
    public void Finding_a_call_allocates_nothing()
    {
        _ = UapiCatalogue.TryFind(UapiFile.Iommufd, IommufdUapi.IOMMU_IOAS_MAP, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        const int rounds = 10_000;
        for (int i = 0; i < rounds; i++)
        {
            _ = UapiCatalogue.TryFind(UapiFile.Iommufd, IommufdUapi.IOMMU_IOAS_MAP, out _);
        }

        // Less than the smallest object a round: a collection meanwhile counts what was left of the thread's allocation buffer.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (24 * rounds) - 1);
    }
}
