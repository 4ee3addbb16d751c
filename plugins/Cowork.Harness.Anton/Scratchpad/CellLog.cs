using System.Text.Json;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>A cell as it is remembered; long texts are cut.</summary>
sealed record KeptCell(int Number, string Code, string Description, string Stdout, string Stderr, string Logs, string? Error);

/// <summary>The last cells of a pad, kept on disk as well: one JSON line for each.</summary>
sealed class CellLog(string folder)
{
    public const int Kept = 50;
    const int LongestCode = 20_000;
    const int LongestText = 4_000;
    readonly string _file = Path.Combine(folder, "cells.jsonl");
    readonly List<KeptCell> _cells = [];
    int _lines;

    /// <summary>Oldest first, at most <see cref="Kept"/>.</summary>
    public IReadOnlyList<KeptCell> Cells => _cells;

    /// <summary>The number of the last cell, also of one that is not kept any more.</summary>
    public int Last => _cells.Count == 0 ? 0 : _cells[^1].Number;

    public static CellLog Load(string folder)
    {
        var log = new CellLog(folder);
        if (File.Exists(log._file))
        {
            foreach (var line in File.ReadLines(log._file))
            {
                if (Parse(line) is { } cell)
                    log.Keep(cell);
                log._lines++;
            }
        }

        return log;
    }

    public void Add(KeptCell cell)
    {
        var kept = cell with
        {
            Code = CutText.Middle(cell.Code, LongestCode),
            Stdout = CutText.Middle(cell.Stdout, LongestText),
            Stderr = CutText.Middle(cell.Stderr, LongestText),
            Logs = CutText.Middle(cell.Logs, LongestText),
            Error = cell.Error is null ? null : CutText.Middle(cell.Error, LongestText),
        };
        Keep(kept);
        try
        {
            Write(kept);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk must not take the cell's result away; the log in memory is whole.
        }
    }

    /// <summary>Forgets all cells; the folder is deleted by whoever owns it.</summary>
    public void Clear()
    {
        _cells.Clear();
        _lines = 0;
    }

    void Write(KeptCell cell)
    {
        if (++_lines <= 2 * Kept)
        {
            File.AppendAllText(_file, Line(cell));
            return;
        }

        File.WriteAllText($"{_file}.new", string.Concat(_cells.Select(Line)));
        File.Move($"{_file}.new", _file, overwrite: true);
        _lines = _cells.Count;
    }

    void Keep(KeptCell cell)
    {
        _cells.Add(cell);
        if (_cells.Count > Kept)
            _cells.RemoveAt(0);
    }

    static string Line(KeptCell cell) => $"{JsonSerializer.Serialize(cell, ScratchpadJson.Default.KeptCell)}\n";

    /// <summary>A server that was killed while it wrote leaves half a line.</summary>
    static KeptCell? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ScratchpadJson.Default.KeptCell);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
