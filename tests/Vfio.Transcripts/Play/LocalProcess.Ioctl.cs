using System.Globalization;
using System.Text;
using Vfio.Transcripts.Abi;
using Vfio.Transcripts.Format;
using Vfio.Uapi;

namespace Vfio.Transcripts.Play;

internal sealed partial class LocalProcess
{
    // Fields in which a call gives a new descriptor, whose number says nothing.
    private static readonly HashSet<string> s_descriptors = new(StringComparer.Ordinal) { "out_fault_fd", "out_veventq_fd", "out_access_fd", "data_fd" };

    // Calls that return one.
    private static readonly HashSet<string> s_files = new(StringComparer.Ordinal) { "VFIO_DEVICE_FEATURE", "VFIO_GROUP_GET_DEVICE_FD", "VFIO_DEVICE_GET_GFX_DMABUF", "KVM_CREATE_VM" };

    private readonly ThreadLocal<List<(string Field, string Type, nint Address, byte[] Before)>> _arrays = new(static () => []);

    private string Ioctl(Step step)
    {
        int fd = File(step);
        UapiCall? call = null;
        uint request;
        if (step.Word(1) is { } name)
        {
            if (!AbiNames.TryCall(name, out call))
            {
                throw new TranscriptException($"{name} is no ioctl of the catalogue; an unknown one is given by its number");
            }

            request = call.Number;
        }
        else
        {
            request = (uint)Number(step, 1);
        }

        _arrays.Value!.Clear();
        Argument[] fields = [.. step.Arguments.Skip(2)];
        switch (fields)
        {
            case [] when call?.StructName is null:
                return Answer(step, _calls.Ioctl(fd, request, (nuint)0));
            case [{ Name: null, Value: Operand.Number value }]:
                return Answer(step, _calls.Ioctl(fd, request, (nuint)Number(value)));
            case [{ Name: null, Value: Operand.Text text }]:
                return Answer(step, _calls.Ioctl(fd, request, Terminated(Text(text.Value)).AsSpan()));
            case [{ Name: null, Value: Operand.Data data }]:
                Span<byte> raw = Scratch.Struct(DataBytes.Size(data));
                Encode(data, raw);
                byte[] sent = raw.ToArray();
                int result = _calls.Ioctl(fd, request, raw);
                return Answer(step, result, DataBytes.Changes(data.Type, sent, raw));
            default:
                return IoctlStruct(step, fd, request, call?.StructName is { } type ? LayoutOf(type, fields) : throw new TranscriptException("this call has no struct: give a value, a text or {TYPE ...}"), call.Argument, fields);
        }
    }

    private StructLayout LayoutOf(string type, Argument[] fields)
        => type == "iommu_test_cmd"
            ? AbiNames.TestCommand(fields.FirstOrDefault(field => field.Name == "op") is { } op ? Number(op.Value) : 0)
            : AbiNames.Struct(type) ?? throw new TranscriptException($"no layout of {type}");

    private string IoctlStruct(Step step, int fd, uint request, StructLayout layout, UapiArgument kind, Argument[] fields)
    {
        string sizeField = kind == UapiArgument.Argsz ? "argsz" : "size";
        Argument? tail = fields.FirstOrDefault(field => field.Name == "tail" || field.Name == layout.Flexible?.Name);
        Operand.Data? tailData = tail is null ? null : tail.Value as Operand.Data ?? throw new TranscriptException($"{tail.Name} is an array: {{u32 1 2}}");
        int tailSize = tailData is null ? 0 : DataBytes.Size(tailData);
        int size = layout.Size + tailSize;
        ulong stated = fields.FirstOrDefault(field => field.Name == sizeField) is { } given ? Number(given.Value) : (ulong)size;
        Span<byte> image = Scratch.Struct(Math.Max(size, stated <= 0x10000 ? (int)stated : 0));

        if (layout.Find(sizeField) is { } own)
        {
            DataBytes.Write(image.Slice(own.Offset, own.Bytes), stated);
        }

        foreach (Argument argument in fields)
        {
            if (argument == tail)
            {
                Encode(tailData!, image.Slice(layout.Size, tailSize));
                continue;
            }

            EncodeField(layout, argument, image);
        }

        byte[] sent = image.ToArray();
        int result = _calls.Ioctl(fd, request, image);
        var told = new List<string>();
        foreach (LayoutField field in layout.Fields)
        {
            if (!image.Slice(field.Offset, field.Bytes).SequenceEqual(sent.AsSpan(field.Offset, field.Bytes)))
            {
                told.Add($"{field.Name}={Tell(step, field, image)}");
            }

            foreach ((string name, string type, nint address, byte[] before) in _arrays.Value!)
            {
                if (name == field.Name && DataBytes.Changes(type, before, Scratch.Again(address, before.Length)) is { } changes)
                {
                    told.Add($"{name}={changes}");
                }
            }
        }

        foreach (Binding binding in step.Bindings.Where(binding => binding.Field is not null && Element(binding, tail) is null))
        {
            LayoutField field = layout.Find(binding.Field!) ?? throw new TranscriptException($"{layout.Name} has no field {binding.Field}");
            Bind(binding, DataBytes.Read(image.Slice(field.Offset, field.Bytes)), result, !image.Slice(field.Offset, field.Bytes).SequenceEqual(sent.AsSpan(field.Offset, field.Bytes)));
        }

        // What came back behind the struct; in a longer one than was written out, as bytes.
        string tailType = tailData?.Type ?? "u8";
        if (DataBytes.Changes(tailType, sent.AsSpan(layout.Size), image[layout.Size..]) is { } more)
        {
            told.Add($"{tail?.Name ?? "tail"}={BindElements(step, tail, tailData, sent.AsSpan(layout.Size), image[layout.Size..], result, more)}");
        }

        return Answer(step, result, [.. told]);
    }

    // data[1]=>@stream: the element of what follows the struct; null for a field of the struct.
    private static int? Element(Binding binding, Argument? tail)
        => tail is not null && binding.Field!.StartsWith($"{tail.Name}[", StringComparison.Ordinal) && binding.Field.EndsWith(']')
            ? int.Parse(binding.Field.AsSpan(tail.Name!.Length + 1, binding.Field.Length - tail.Name.Length - 2), CultureInfo.InvariantCulture) : null;

    // Names what those elements hold, and tells of a descriptor only that it is one.
    private string BindElements(Step step, Argument? tail, Operand.Data? data, ReadOnlySpan<byte> sent, ReadOnlySpan<byte> bytes, int result, string told)
    {
        foreach (Binding binding in step.Bindings.Where(binding => binding.Field is not null))
        {
            if (Element(binding, tail) is not { } index)
            {
                continue;
            }

            int size = DataBytes.ElementSize(data!.Type);
            ReadOnlySpan<byte> element = bytes.Slice(index * size, size);
            ulong value = DataBytes.Read(element);
            bool isNew = !element.SequenceEqual(sent.Slice(index * size, size));
            Bind(binding, value, result, isNew);
            if (binding.Sigil == '@' && result >= 0 && isNew && (int)value >= 0)
            {
                string[] elements = told[1..^1].Split(' ');
                elements[index] = "fd";
                told = $"{{{string.Join(' ', elements)}}}";
            }
        }

        return told;
    }

    private static string Tell(Step step, LayoutField field, ReadOnlySpan<byte> image)
    {
        ulong value = DataBytes.Read(image.Slice(field.Offset, Math.Min(field.Bytes, 8)));
        bool isFile = s_descriptors.Contains(field.Name) || step.Bindings.Any(binding => binding.Field == field.Name && binding.Sigil == '@');
        return isFile && (int)value >= 0 ? "fd" : DataBytes.Tell(field, image);
    }

    private void Bind(Binding binding, ulong value, int result, bool isNew)
    {
        if (binding.Sigil == '$')
        {
            Numbers[binding.Name] = value;
        }
        else if (result >= 0 && isNew && (int)value >= 0)
        {
            Name(binding.Name, (int)value);
        }
    }

    private string Answer(Step step, int result, params ReadOnlySpan<string?> told)
    {
        foreach (Binding binding in step.Bindings.Where(binding => binding.Field is not null && binding.Sigil == '$'))
        {
            // Of a call that got no struct.
            Numbers.TryAdd(binding.Name, 0);
        }

        Binding? whole = step.Bindings.FirstOrDefault(binding => binding.Field is null);
        if (whole is not null)
        {
            Bind(whole, (ulong)result, result, isNew: true);
        }

        bool isFile = result > 2 && s_files.Contains(step.Word(1) ?? "");
        if (isFile)
        {
            _open.Add(result);
        }

        var text = new StringBuilder(isFile || (whole?.Sigil == '@' && result >= 0) ? "fd" : Result(result));
        foreach (string? part in told)
        {
            if (part is not null)
            {
                text.Append(' ').Append(part);
            }
        }

        return text.ToString();
    }

    private void EncodeField(StructLayout layout, Argument argument, Span<byte> image)
    {
        LayoutField field = layout.Find(argument.Name ?? throw new TranscriptException($"{layout.Name} wants fields by name"))
            ?? throw new TranscriptException($"{layout.Name} has no field {argument.Name}; it has: {string.Join(' ', layout.Fields.Select(each => each.Name))}");
        Span<byte> place = image.Slice(field.Offset, field.Bytes);
        switch (argument.Value)
        {
            case Operand.Data data when field.Bytes == 8:
                Span<byte> array = Scratch.Array(DataBytes.Size(data), out nint address);
                Encode(data, array);
                _arrays.Value!.Add((field.Name, data.Type, address, array.ToArray()));
                DataBytes.Write(place, (ulong)address);
                break;
            case Operand.Data data when DataBytes.Size(data) <= place.Length:
                Encode(data, place);
                break;
            case Operand.Text text when field.Bytes == 8:
                byte[] bytes = Terminated(Text(text.Value));
                bytes.CopyTo(Scratch.Array(bytes.Length, out nint at));
                DataBytes.Write(place, (ulong)at);
                break;
            case Operand.Number when field.IsNumber:
                DataBytes.Write(place, Number(argument.Value));
                break;
            default:
                throw new TranscriptException($"{field.Name} has {field.Bytes} bytes, which this does not fit");
        }
    }

    private void Encode(Operand.Data data, Span<byte> bytes)
    {
        int size = DataBytes.ElementSize(data.Type);
        StructLayout? layout = AbiNames.Struct(data.Type);
        if (data.Elements.Count > data.Count)
        {
            throw new TranscriptException($"{data.Type}*{data.Count} has {data.Elements.Count} elements");
        }

        for (int i = 0; i < data.Count && data.Elements.Count > 0; i++)
        {
            Span<byte> place = bytes.Slice(i * size, size);
            foreach (Argument argument in data.Elements[Math.Min(i, data.Elements.Count - 1)])
            {
                if (layout is null)
                {
                    DataBytes.Write(place, Number(argument.Value));
                }
                else
                {
                    EncodeField(layout, argument, place);
                }
            }
        }
    }
}
