using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Vfio.Uapi;

namespace Vfio.Emulator.Tracing;

/// <summary>A call as a line of JSON: all fields, and numbers as they are. The format is in docs/emulating.md and only grows.</summary>
internal static class TraceJson
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The line, without an end.</summary>
    public static string Of(TracedCall call)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(bytes, s_options))
        {
            json.WriteStartObject();
            json.WriteNumber("time", Seconds(call.At));
            json.WriteNumber("pid", call.Process);
            json.WriteNumber("tid", call.Thread);
            json.WriteString("call", call.Name);
            json.WriteString("kind", call.Kind is { } kind ? JsonNamingPolicy.CamelCase.ConvertName(kind.ToString()) : null);
            json.WriteString("file", call.Path);
            Write(json, "fd", call.Descriptor);
            Write(json, "in", call.Before);
            Write(json, "out", call.Changed);
            Write(json, "result", call.Result);
            json.WriteString("errno", call.Result is < 0 ? ((Errno)(-call.Result.Value)).ToString() : null);
            json.WriteNumber("duration", Seconds(call.Duration));
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    private static decimal Seconds(TimeSpan time) => Math.Round((decimal)time.Ticks / TimeSpan.TicksPerSecond, 6);

    private static void Write(Utf8JsonWriter json, string name, long? number)
    {
        if (number is { } known)
        {
            json.WriteNumber(name, known);
        }
        else
        {
            json.WriteNull(name);
        }
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<TracedArgument> arguments)
    {
        json.WriteStartObject(name);
        foreach (TracedArgument argument in arguments)
        {
            if (argument.Numbers is { } numbers)
            {
                json.WriteStartArray(argument.Name);
                foreach (long number in numbers)
                {
                    json.WriteNumberValue(number);
                }

                json.WriteEndArray();
            }
            else if (argument.Text is not null)
            {
                json.WriteString(argument.Name, argument.Text);
            }
            else if (argument.IsSigned)
            {
                json.WriteNumber(argument.Name, (long)argument.Value);
            }
            else
            {
                json.WriteNumber(argument.Name, argument.Value);
            }
        }

        json.WriteEndObject();
    }
}
