namespace Vfio;

/// <summary>What a virtual display shows (VFIO_DEVICE_QUERY_GFX_PLANE).</summary>
/// <param name="Format">DRM fourcc of the pixels; 0 for a plane that is switched off.</param>
/// <param name="FormatModifier">DRM format modifier (tiling).</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Stride">Bytes from one line to the next.</param>
/// <param name="Size">Bytes of the plane, whole pages.</param>
/// <param name="X">Where a cursor is, horizontally.</param>
/// <param name="Y">Where a cursor is, vertically.</param>
/// <param name="HotX">The cursor's hot spot; <c>uint.MaxValue</c> where it is not known.</param>
/// <param name="HotY">The cursor's hot spot; <c>uint.MaxValue</c> where it is not known.</param>
/// <param name="Source">The region's index, or the number for <see cref="VfioDevice.GetGraphicsDmaBuf"/>, as was asked.</param>
public sealed record GraphicsPlane(
    uint Format,
    ulong FormatModifier,
    uint Width,
    uint Height,
    uint Stride,
    uint Size,
    uint X,
    uint Y,
    uint HotX,
    uint HotY,
    uint Source);
