using System.Reflection;

namespace Vfio.Uapi.Tests;

/// <summary>
/// The layout of one of our structs, measured and not asked for: memory that counts 0, 1, 2... is viewed as the struct, and the value of
/// each field tells which bytes it is.
/// </summary>
internal sealed class MeasuredStruct
{
    private MeasuredStruct(int size, IReadOnlyList<MeasuredField> fields)
    {
        Size = size;
        Fields = fields;
    }

    /// <summary>Bytes of the struct.</summary>
    public int Size { get; }

    /// <summary>Its fields and, behind a field that is a struct, that one's fields too, at their place in the whole.</summary>
    public IReadOnlyList<MeasuredField> Fields { get; }

    public static MeasuredStruct Of(Type type)
    {
        object counting = Call(nameof(Counting), type, [])!;
        var fields = new List<MeasuredField>();
        Collect(type, counting, fields);
        return new MeasuredStruct(((byte[])Call(nameof(Bytes), type, [counting])!).Length, fields);
    }

    private static void Collect(Type type, object value, List<MeasuredField> fields)
    {
        foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            object part = field.GetValue(value)!;
            byte[] bytes = (byte[])Call(nameof(Bytes), field.FieldType, [part])!;
            Assert.Equal(Enumerable.Range(bytes[0], bytes.Length), bytes.Select(b => (int)b));
            fields.Add(new MeasuredField(field.Name, bytes[0], bytes.Length));
            if (!field.FieldType.IsPrimitive && !field.FieldType.IsEnum)
            {
                Collect(field.FieldType, part, fields);
            }
        }
    }

    private static object? Call(string method, Type type, object[] arguments)
        => typeof(MeasuredStruct).GetMethod(method, BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type).Invoke(null, arguments);

    private static object Counting<T>()
        where T : unmanaged
    {
        byte[] memory = [.. Enumerable.Range(0, StructBytes.SizeOf<T>()).Select(i => checked((byte)i))];
        Assert.True(StructBytes.TryRead(memory, out T value));
        return value;
    }

    private static byte[] Bytes<T>(object boxed)
        where T : unmanaged
    {
        var value = (T)boxed;
        return StructBytes.AsBytes(ref value).ToArray();
    }
}
