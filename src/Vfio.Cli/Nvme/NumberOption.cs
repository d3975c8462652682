using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Vfio.Cli.Nvme;

/// <summary>A whole number on the command line, in decimal or, after 0x, in hexadecimal; null where it is not given.</summary>
internal sealed class NumberOption : Option<ulong?>
{
    private readonly ulong _least;
    private readonly ulong _most;

    public NumberOption(string name, ulong least, ulong most, string description) : base(name)
    {
        (_least, _most) = (least, most);
        Description = description;
        HelpName = "N";
        CustomParser = Parse;
    }

    private ulong? Parse(ArgumentResult result)
    {
        string text = result.Tokens[0].Value;
        bool read = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong number)
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        if (read && number >= _least && number <= _most)
        {
            return number;
        }

        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{Name} wants a whole number from {_least} to {_most}, not '{text}'."));
        return null;
    }
}
