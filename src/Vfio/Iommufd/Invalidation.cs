using System.Globalization;
using Vfio.Uapi;

namespace Vfio;

/// <summary>IOMMU_HWPT_INVALIDATE, of a nested page table or of a virtual IOMMU.</summary>
internal static class Invalidation
{
    /// <summary>Carries out requests in order. The kernel says how many it did, on failure too.</summary>
    /// <exception cref="VfioException">The kernel's errno.</exception>
    public static void Run<T>(IommufdContext context, uint id, uint dataType, ReadOnlySpan<T> requests)
        where T : unmanaged
    {
        IommuHwptInvalidate argument = new()
        {
            Size = (uint)StructBytes.SizeOf<IommuHwptInvalidate>(),
            HwptId = id,
            DataType = dataType,
            EntryLen = requests.IsEmpty ? 0 : (uint)StructBytes.SizeOf<T>(),
            EntryNum = (uint)requests.Length,
        };
        int result = context.Handle.Ioctl(IommufdUapi.IOMMU_HWPT_INVALIDATE, ref argument, ref argument.DataUptr, requests);
        if (result < 0)
        {
            throw KernelAnswer.Failure(
                context.Handle,
                (Errno)(-result),
                nameof(IommufdUapi.IOMMU_HWPT_INVALIDATE),
                string.Create(CultureInfo.InvariantCulture, $"{Math.Min(argument.EntryNum, (uint)requests.Length)} of {requests.Length} requests were carried out"));
        }
    }
}
