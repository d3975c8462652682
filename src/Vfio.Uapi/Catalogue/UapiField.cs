namespace Vfio.Uapi;

/// <summary>A field of a struct of the contract, as a call has it.</summary>
/// <param name="Name">Its name in C.</param>
/// <param name="Value">Its value; a negative one is extended to 64 bits.</param>
/// <param name="IsSigned">It is one of C's signed types.</param>
public readonly record struct UapiField(string Name, ulong Value, bool IsSigned);
