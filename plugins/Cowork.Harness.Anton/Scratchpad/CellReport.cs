using System.Globalization;
using System.Text;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>A cell that has ended, without secrets.</summary>
sealed record CellReport(string Code, string Description, double? Estimate, string Stdout, string Stderr, string Logs, CellEnd End)
{
    public const int LongestOutput = 10_000;
    public const int LongestErrors = 5_000;
    public const int LongestLogs = 3_000;
    const int LongestError = 8_000;
    const int LongestFrame = 65_535;
    const int LongestCode = 40_000;

    string? Error => End.Error is null ? null : CutText.Middle(End.Error, LongestError);

    /// <summary>The cell for clients: shorter than what these accept at most, whatever is in it.</summary>
    public string ToFrame()
    {
        for (var share = 1; ; share *= 2)
        {
            var frame = new CellFrame(
                CutText.Middle(Code, LongestCode / share),
                Fit(Stdout, LongestOutput),
                Fit(Stderr, LongestErrors),
                Error is null ? null : Fit(Error, LongestError),
                CutText.Middle(Description, 500),
                Estimate is { } seconds ? string.Create(CultureInfo.InvariantCulture, $"{seconds}s") : "",
                Fit(Logs, LongestLogs),
                End.Status switch { CellStatus.Ok => "ok", CellStatus.Timeout => "timeout", CellStatus.Cancelled => "cancelled", _ => "error" }).ToJson();
            if (frame.Length <= LongestFrame)
                return frame;

            // What was collected is cut already, with a note that makes it a little longer.
            string Fit(string text, int longest) => share == 1 ? text : CutText.Middle(text, longest / share);
        }
    }

    /// <summary>The cell for the model.</summary>
    public string ToText()
    {
        var sections = new List<string>(4);
        Add("output", Stdout);
        Add("logs", Logs);
        Add("stderr", Stderr);
        Add("error", Error);
        if (sections.Count == 0)
            return "The cell ended without an error and without output. Use print() to see a value.";
        if (End.MissingModule is { } module)
            sections.Add($"'{module}' is not installed. Name its distribution in packages, or call the action install.");
        return string.Join("\n\n", sections);

        void Add(string label, string? text)
        {
            if (!string.IsNullOrWhiteSpace(text))
                sections.Add($"[{label}]\n{text.TrimEnd()}");
        }
    }

    public KeptCell ToKept(int number) => new(number, Code, Description, Stdout, Stderr, Logs, Error);

    /// <summary>All cells of a pad, for the model.</summary>
    public static string View(IReadOnlyList<KeptCell> cells)
    {
        var text = new StringBuilder();
        foreach (var cell in cells)
        {
            text.Append(CultureInfo.InvariantCulture, $"--- Cell {cell.Number}{Title(cell)} ---\n{cell.Code.TrimEnd()}\n\n");
            foreach (var (label, content) in new[] { ("output", cell.Stdout), ("logs", cell.Logs), ("stderr", cell.Stderr), ("error", cell.Error ?? "") })
                if (!string.IsNullOrWhiteSpace(content))
                    text.Append(CultureInfo.InvariantCulture, $"[{label}]\n{content.TrimEnd()}\n\n");
        }

        return text.ToString().TrimEnd();
    }

    /// <summary>All cells of a pad as a Markdown notebook, for people.</summary>
    public static string Notebook(string name, IReadOnlyList<KeptCell> cells)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"## Scratchpad: {name} ({cells.Count} cells)\n");
        foreach (var cell in cells)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n### Cell {cell.Number}{Title(cell)}\n```python\n{cell.Code.TrimEnd()}\n```\n");
            Add("Output", cell.Stdout, lines: 20, characters: 2000);
            Add("Logs", cell.Logs, lines: 10, characters: 1000);
            if (cell.Error is { } error)
                text.Append(CultureInfo.InvariantCulture, $"\n**Error:** `{error.TrimEnd().Split('\n')[^1]}`\n");
        }

        return text.ToString();

        void Add(string label, string content, int lines, int characters)
        {
            var all = content.TrimEnd().Split('\n');
            var shown = string.Join('\n', all.Take(lines));
            if (!string.IsNullOrWhiteSpace(shown))
                text.Append(CultureInfo.InvariantCulture, $"\n**{label}:**\n```\n{CutText.Middle(shown, characters)}{(all.Length > lines ? "\n…" : "")}\n```\n");
        }
    }

    static string Title(KeptCell cell) => cell.Description.Length == 0 ? "" : $" — {cell.Description}";
}
