namespace Vfio.SoftKernel.Tests.InProcess;

/// <summary>Bytes that a test mapped itself.</summary>
internal static class MappedBytes
{
    public static Span<byte> At(nint address, int length)
    {
        unsafe
        {
            // Sound: the tests pass addresses inside mappings they hold for as long as they use the span.
            return new Span<byte>((void*)address, length);
        }
    }
}
