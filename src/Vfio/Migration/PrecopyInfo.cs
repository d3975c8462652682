namespace Vfio;

/// <summary>How much of a running device's state is left to read (VFIO_MIG_GET_PRECOPY_INFO). Estimates.</summary>
/// <param name="InitialBytes">Bytes of the first state; at 0 it is time to stop and copy.</param>
/// <param name="DirtyBytes">Bytes that changed since they were read.</param>
/// <param name="StartsOver">The device began anew and <paramref name="InitialBytes"/> with it; told only after <see cref="DeviceMigration.EnablePrecopyReinit"/>.</param>
public readonly record struct PrecopyInfo(ulong InitialBytes, ulong DirtyBytes, bool StartsOver);
