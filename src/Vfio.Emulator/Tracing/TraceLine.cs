using System.Globalization;
using System.Text;
using Vfio.Uapi;

namespace Vfio.Emulator.Tracing;

/// <summary>A call as a line that people read: what says nothing is left out.</summary>
internal static class TraceLine
{
    /// <summary>The line, without an end.</summary>
    public static string Of(TracedCall call)
    {
        var line = new StringBuilder(160);
        line.Append(CultureInfo.InvariantCulture, $"{call.At.TotalSeconds,9:F6} {call.Process}");
        if (call.Thread != call.Process)
        {
            line.Append(CultureInfo.InvariantCulture, $"/{call.Thread}");
        }

        List<string> arguments = [];
        if (call.Descriptor is { } descriptor)
        {
            arguments.Add(descriptor.ToString(CultureInfo.InvariantCulture));
        }

        bool hasFields = call.Known?.StructName is not null;
        arguments.AddRange(call.Before.Where((argument, index) => !hasFields || IsTold(call, argument, index)).Select(argument => hasFields ? Field(argument) : argument.ToString()));
        line.Append(CultureInfo.InvariantCulture, $" {call.Name}(").AppendJoin(", ", arguments).Append(')');
        line.Append(call.Result is { } result ? $" = {Result(result)}" : " is the host's to do");
        string[] after = [.. call.After.Where((argument, index) => call.IsChanged(index) || (call.Succeeded && IsOut(argument))).Select(Field)];
        if (after.Length > 0)
        {
            line.Append(" {").AppendJoin(", ", after).Append('}');
        }

        return line.Append(CultureInfo.InvariantCulture, $" <{Time(call.Duration)}>").ToString();
    }

    // The struct's size as everybody gives it, or as the first release had it, reserved fields, and zeros that the call is to fill in.
    private static bool IsTold(TracedCall call, TracedArgument argument, int index)
    {
        bool isSize = index == 0 && call.Known is { Argument: UapiArgument.Sized or UapiArgument.Argsz } known
            && (argument.Value == (ulong)known.Size || argument.Value == (ulong)known.MinimumSize);
        bool isNothing = argument is { Value: 0, Numbers: null, Text: null }
            && (argument.Name is "flags" or "cap_offset" or "pad" || argument.Name.StartsWith("__reserved", StringComparison.Ordinal) || IsOut(argument) || call.IsChanged(index));
        return !isSize && !isNothing;
    }

    private static bool IsOut(TracedArgument argument) => argument.Name.StartsWith("out_", StringComparison.Ordinal);

    private static string Field(TracedArgument argument) => $"{argument.Name}={argument}";

    private static string Result(long result) => result < 0 ? ((Errno)(-result)).ToString() : result.ToString(CultureInfo.InvariantCulture);

    private static string Time(TimeSpan time) => time < TimeSpan.FromMilliseconds(10)
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalMicroseconds:F0} us")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:F0} ms");
}
