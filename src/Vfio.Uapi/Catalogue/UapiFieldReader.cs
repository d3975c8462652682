namespace Vfio.Uapi;

/// <summary>Reads the fields of one struct of the contract from its bytes.</summary>
/// <param name="bytes">The struct; fields it does not reach are left out.</param>
internal delegate IReadOnlyList<UapiField> UapiFieldReader(ReadOnlySpan<byte> bytes);
