using Spectre.Console;
using Spectre.Console.Rendering;

namespace Vfio.Cli.Rendering;

/// <summary>Lines of "label  value", the values wrapped under themselves.</summary>
internal sealed class FactSheet
{
    private const int LabelWidth = 12;
    private readonly Grid _grid = new();

    public FactSheet()
    {
        _grid.AddColumn(new GridColumn { Width = LabelWidth, NoWrap = true, Padding = new Padding(2, 0, 1, 0) });
        _grid.AddColumn(new GridColumn { Padding = new Padding(0, 0, 0, 0) });
    }

    public IRenderable Content => _grid;

    public FactSheet Add(string label, string value) => Add(label, value, Look.Plain);

    public FactSheet Add(string label, string value, Style style)
    {
        _grid.AddRow(new Text(label, Look.Label), new Text(value, style));
        return this;
    }

    /// <summary>A value that starts with a verdict in its own colour.</summary>
    public FactSheet Add(string label, string verdict, Style style, string rest)
    {
        Paragraph paragraph = new();
        paragraph.Append(verdict, style);
        paragraph.Append(rest);
        _grid.AddRow(new Text(label, Look.Label), paragraph);
        return this;
    }

    /// <summary>Several values under one label.</summary>
    public FactSheet Add(string label, IEnumerable<string> values)
    {
        string first = label;
        foreach (string value in values)
        {
            Add(first, value);
            first = string.Empty;
        }

        return this;
    }
}
