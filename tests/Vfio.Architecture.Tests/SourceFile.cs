using System.Text;

namespace Vfio.Architecture.Tests;

/// <summary>A C# file with its comments and texts told from its code.</summary>
internal sealed class SourceFile
{
    private readonly string _text;
    private readonly StringBuilder _code;
    private readonly HashSet<int> _commentLines = [];
    private int _at;
    private int _line;

    public SourceFile(string path, string text)
    {
        Path = path;
        _text = text;
        _code = new StringBuilder(text.Length);
        while (_at < _text.Length)
        {
            ReadCode();
        }

        Code = _code.ToString();
        Lines = Code.Split('\n');
    }

    /// <summary>Relative to the repository.</summary>
    public string Path { get; }

    /// <summary>The whole file.</summary>
    public string Text => _text;

    /// <summary>The file with comments and texts blanked out; lines and columns stay.</summary>
    public string Code { get; }

    /// <summary><see cref="Code"/>, line by line.</summary>
    public IReadOnlyList<string> Lines { get; }

    /// <summary>Whether there is a comment on a line (from 0); documentation counts.</summary>
    public bool HasComment(int line) => _commentLines.Contains(line);

    private char Peek(int ahead = 0) => _at + ahead < _text.Length ? _text[_at + ahead] : '\0';

    private void Take(int count, bool code = false)
    {
        for (; count > 0 && _at < _text.Length; count--, _at++)
        {
            char c = _text[_at];
            _line += c == '\n' ? 1 : 0;
            _code.Append(code || c is '\n' ? c : ' ');
        }
    }

    private void ReadCode()
    {
        if (Peek() == '/' && Peek(1) == '/')
        {
            _commentLines.Add(_line);
            int end = _text.IndexOf('\n', _at);
            Take((end < 0 ? _text.Length : end) - _at);
        }
        else if (Peek() == '/' && Peek(1) == '*')
        {
            int end = _text.IndexOf("*/", _at + 2, StringComparison.Ordinal);
            int stop = end < 0 ? _text.Length : end + 2;
            while (_at < stop)
            {
                _commentLines.Add(_line);
                Take(1);
            }
        }
        else if (Peek() == '\'')
        {
            Take(1);
            while (_at < _text.Length && Peek() != '\'')
            {
                Take(Peek() == '\\' ? 2 : 1);
            }

            Take(1);
        }
        else if (Peek() is '"' or '$' or '@' && TryReadText())
        {
        }
        else
        {
            Take(1, code: true);
        }
    }

    // Plain, @, $, $@ and raw texts; the code in the holes of $ texts stays code.
    private bool TryReadText()
    {
        int prefix = 0;
        int dollars = 0;
        bool verbatim = false;
        for (; Peek(prefix) is '$' or '@'; prefix++)
        {
            dollars += Peek(prefix) == '$' ? 1 : 0;
            verbatim |= Peek(prefix) == '@';
        }

        int quotes = 0;
        while (Peek(prefix + quotes) == '"')
        {
            quotes++;
        }

        if (quotes == 0)
        {
            return false;
        }

        // "" is an empty text, three and more open a raw one.
        bool raw = quotes >= 3 && !verbatim;
        Take(prefix + (raw ? quotes : 1));
        while (_at < _text.Length)
        {
            if (raw ? Run('"') >= quotes : Peek() == '"' && !(verbatim && Peek(1) == '"'))
            {
                Take(raw ? quotes : 1);
                return true;
            }

            int braces = Run('{');
            if (dollars > 0 && braces >= dollars && (raw || braces % 2 == 1))
            {
                Take(braces);
                for (int depth = 1; _at < _text.Length && depth > 0;)
                {
                    depth += Peek() == '{' ? 1 : Peek() == '}' ? -1 : 0;
                    if (depth == 0)
                    {
                        Take(dollars);
                    }
                    else
                    {
                        ReadCode();
                    }
                }

                continue;
            }

            bool pair = raw ? false : verbatim ? Peek() == '"' : Peek() == '\\';
            Take(pair ? 2 : Math.Max(1, braces));
        }

        return true;
    }

    private int Run(char c)
    {
        int length = 0;
        while (Peek(length) == c)
        {
            length++;
        }

        return length;
    }
}
