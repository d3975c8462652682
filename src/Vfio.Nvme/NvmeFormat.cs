namespace Vfio.Nvme;

/// <summary>A way that a namespace can be formatted (LBA Format of Identify Namespace).</summary>
/// <param name="BlockSize">Bytes in a logical block, or 0 when the controller's number is out of range.</param>
/// <param name="MetadataSize">MS: bytes of metadata that go with each block.</param>
/// <param name="Performance">RP: 0 best, 1 better, 2 good, 3 degraded; relative to the namespace's other formats.</param>
/// <param name="IsInUse">The namespace is formatted like this.</param>
public readonly record struct NvmeFormat(int BlockSize, int MetadataSize, int Performance, bool IsInUse)
{
    internal static IReadOnlyList<NvmeFormat> ParseAll(ReadOnlySpan<byte> data)
    {
        const int Formats = 128;
        // NLBAF counts from 0; of its 64 entries 16 were there before NVMe 2.0.
        int count = Math.Min(data[25] + 1, 64);
        int inUse = NvmeNamespace.FormatIndex(data);
        List<NvmeFormat> formats = [];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> format = data.Slice(Formats + (4 * i), 4);
            // LBADS of 0: the controller does not offer it now.
            if (format[2] != 0 || i == inUse)
            {
                formats.Add(new(NvmeNamespace.BytesOf(format[2]), format[0] | (format[1] << 8), format[3] & 3, i == inUse));
            }
        }

        return formats;
    }
}
