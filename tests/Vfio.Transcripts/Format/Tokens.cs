namespace Vfio.Transcripts.Format;

/// <summary>A line's words: parted by blanks, but not inside braces or quotes.</summary>
internal static class Tokens
{
    /// <summary>The words of a line, up to a comment.</summary>
    public static List<string> Split(string line)
    {
        var words = new List<string>();
        int start = -1;
        int depth = 0;
        bool quoted = false;
        for (int i = 0; i <= line.Length; i++)
        {
            char c = i < line.Length ? line[i] : ' ';
            if (i == line.Length && (depth != 0 || quoted))
            {
                throw new TranscriptException(quoted ? "a quote is not closed" : "a brace is not closed");
            }

            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted)
            {
                depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            }

            bool blank = c == ' ' && depth == 0 && !quoted;
            if (blank && start >= 0)
            {
                words.Add(line[start..i]);
                start = -1;
            }
            else if (!blank && start < 0)
            {
                if (c == '#' && depth == 0)
                {
                    break;
                }

                start = i;
            }
        }

        return words;
    }

    /// <summary>The parts of a text between separators outside braces and quotes.</summary>
    public static IEnumerable<string> Parts(string text, char separator)
    {
        int start = 0;
        int depth = 0;
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            quoted ^= text[i] == '"';
            depth += quoted ? 0 : text[i] == '{' ? 1 : text[i] == '}' ? -1 : 0;
            if (text[i] == separator && depth == 0 && !quoted)
            {
                yield return text[start..i];
                start = i + 1;
            }
        }

        yield return text[start..];
    }
}
