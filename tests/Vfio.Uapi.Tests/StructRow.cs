namespace Vfio.Uapi.Tests;

/// <summary>
/// A field as a C compiler on Linux 7.2 laid it out. <c>(struct)</c> is the struct itself, <c>(anonymous)</c> a union or struct without a
/// name; a field at or behind the struct's end belongs to the first element of the array that follows.
/// </summary>
internal sealed record StructRow(string Header, string Struct, string Field, int Offset, int Bytes);
