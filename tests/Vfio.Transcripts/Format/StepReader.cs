using System.Globalization;
using Vfio.Transcripts.Abi;

namespace Vfio.Transcripts.Format;

/// <summary>Reads a step from its text. The README beside this project says what the lines mean.</summary>
internal static class StepReader
{
    // Verbs whose first argument names a file or memory or a process, and is no number.
    private static readonly HashSet<string> s_verbs = new(StringComparer.Ordinal)
    {
        "open", "close", "dup", "ioctl", "read", "write", "pread", "pwrite", "mmap", "munmap", "poll", "eventfd", "memfd", "memory", "poke", "peek",
        "process", "take", "put", "get", "exit", "begin", "finish",
    };

    /// <summary>The words of a line up to its answer.</summary>
    /// <exception cref="TranscriptException">They are no step.</exception>
    public static Step Read(IReadOnlyList<string> words)
    {
        int at = 0;
        string? process = words[0].EndsWith(':') ? words[at++][..^1] : null;
        if (at == words.Count || !s_verbs.Contains(words[at]))
        {
            throw new TranscriptException($"'{words[Math.Min(at, words.Count - 1)]}' is no operation; there are: {string.Join(' ', s_verbs.Order(StringComparer.Ordinal))}");
        }

        string verb = words[at++];
        bool isBegun = verb == "begin" && at < words.Count && words[at] == "ioctl";
        if (isBegun)
        {
            verb = words[at++];
        }

        string call = verb == "ioctl" && at + 1 < words.Count ? words[at + 1] : "";
        var arguments = new List<Argument>();
        var bindings = new List<Binding>();
        for (int first = at; at < words.Count; at++)
        {
            string word = words[at];
            int arrow = word.IndexOf("=>", StringComparison.Ordinal);
            if (arrow >= 0 && !word.Contains('{'))
            {
                if (word.Length < arrow + 4 || word[arrow + 2] is not ('$' or '@' or '&'))
                {
                    throw new TranscriptException($"'{word}': a name for an answer is FIELD=>$NAME, FIELD=>@FILE, =>@FILE or =>&MEMORY");
                }

                bindings.Add(new Binding(arrow == 0 ? null : word[..arrow], word[arrow + 2], word[(arrow + 3)..]));
                continue;
            }

            int place = at - first;
            bool isWord = place switch
            {
                0 => verb is not ("munmap" or "poke" or "peek"),
                1 => verb is "open" or "put" or "begin" or "take" || (verb == "ioctl" && !char.IsAsciiDigit(word[0])),
                _ => false,
            };
            arguments.Add(isWord ? new Argument(null, new Operand.Text(word.Trim('"'))) : ReadArgument(word, call));
        }

        if (arguments.Count == 0 && verb is not ("exit" or "finish"))
        {
            throw new TranscriptException($"{verb} of what?");
        }

        return new Step(process, verb, arguments, bindings, isBegun);
    }

    /// <summary>An operand by itself.</summary>
    public static Operand ReadOperand(string text, string call)
    {
        if (text.StartsWith('"'))
        {
            return new Operand.Text(text.Trim('"'));
        }

        return text.StartsWith('{') ? ReadData(text, call) : ReadNumber(text, call);
    }

    private static Argument ReadArgument(string word, string call)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        bool named = equals > 0 && word.AsSpan(0, equals).IndexOfAny("{\"") < 0;
        return named ? new Argument(word[..equals], ReadOperand(word[(equals + 1)..], call)) : new Argument(null, ReadOperand(word, call));
    }

    private static Operand.Data ReadData(string text, string call)
    {
        if (!text.EndsWith('}'))
        {
            throw new TranscriptException($"'{text}' does not end in a brace");
        }

        List<string> words = Tokens.Split(text[1..^1].Replace(",", " , ", StringComparison.Ordinal));
        if (words.Count == 0)
        {
            throw new TranscriptException("{} says no type: {u32 1 2}, {iommu_iova_range start=0 last=0xfff}");
        }

        string[] head = words[0].Split('*');
        int? count = head.Length > 1 ? int.Parse(head[1], CultureInfo.InvariantCulture) : null;
        bool isStruct = AbiNames.Struct(head[0]) is not null;
        if (!isStruct && head[0] is not ("u8" or "u16" or "u32" or "u64" or "i32"))
        {
            throw new TranscriptException($"'{head[0]}' is no type: u8, u16, u32, u64, i32 or a struct of the uAPI");
        }

        var elements = new List<IReadOnlyList<Argument>>();
        var current = new List<Argument>();
        foreach (string word in words.Skip(1))
        {
            if (word == ",")
            {
                elements.Add(current);
                current = [];
            }
            else if (isStruct)
            {
                current.Add(ReadArgument(word, call));
            }
            else
            {
                elements.Add([new Argument(null, ReadOperand(word, call))]);
            }
        }

        if (current.Count > 0)
        {
            elements.Add(current);
        }

        return new Operand.Data(head[0], count ?? Math.Max(elements.Count, 1), elements);
    }

    private static Operand.Number ReadNumber(string text, string call)
    {
        var terms = new List<Term>();
        char with = '+';
        for (int start = 0; start < text.Length;)
        {
            if (text[start] is '+' or '-' or '|')
            {
                with = text[start++];
                continue;
            }

            int end = start + 1;
            while (end < text.Length && text[end] is not ('+' or '-' or '|'))
            {
                end++;
            }

            terms.Add(ReadTerm(with, text[start..end], call));
            start = end;
        }

        return terms.Count > 0 ? new Operand.Number(terms) : throw new TranscriptException($"'{text}' is no number");
    }

    private static Term ReadTerm(char with, string text, string call)
    {
        if (text[0] is '$' or '&' or '@')
        {
            return new Term(with, text[0], text[1..], 0);
        }

        bool inverted = text[0] == '~';
        string name = inverted ? text[1..] : text;
        ulong value;
        if (name.StartsWith("0x", StringComparison.Ordinal))
        {
            if (!ulong.TryParse(name.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value))
            {
                throw new TranscriptException($"'{text}' is no number");
            }
        }
        else if (!ulong.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out value))
        {
            value = AbiNames.Constant(name, call)
                ?? throw new TranscriptException($"'{name}' is no constant of the uAPI, or the end of several; write it out. ($name a number, &name memory, @name a file)");
        }

        return new Term(with, inverted ? '~' : ' ', name, inverted ? ~value : value);
    }
}
