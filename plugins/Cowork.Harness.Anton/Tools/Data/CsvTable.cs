using System.Globalization;

namespace Cowork.Harness.Anton.Tools.Data;

/// <summary>A table of separated values: names and kinds of its columns, and its rows.</summary>
/// <param name="Columns">Names, all different, and SQL types.</param>
/// <param name="Rows">The rows as text.</param>
sealed record CsvTable(IReadOnlyList<(string Name, string Type)> Columns, IEnumerable<IReadOnlyList<string>> Rows)
{
    const int Sampled = 1000;
    const int MaxColumns = 1000;

    public static CsvTable Of(string text, char? delimiter)
    {
        var used = delimiter ?? CsvReader.DelimiterOf(text);
        var sample = new CsvReader(text, used).Records().Take(Sampled + 1).ToList();
        if (sample.Count == 0)
            throw new ToolException("The table is empty.");
        var hasHeader = IsHeader(sample);
        var rows = sample.Skip(hasHeader ? 1 : 0).ToList();
        var width = Math.Min(sample.Max(record => record.Count), MaxColumns);
        var columns = new List<(string, string)>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < width; i++)
        {
            var name = hasHeader && i < sample[0].Count && sample[0][i].Trim() is { Length: > 0 } header ? header : $"c{i + 1}";
            var index = i;
            columns.Add((Unique(name, names), TypeOf(rows.Where(row => index < row.Count).Select(row => row[index]))));
        }

        return new(columns, new CsvReader(text, used).Records().Skip(hasHeader ? 1 : 0));
    }

    /// <summary>The name, or with a number behind it when it is taken.</summary>
    public static string Unique(string name, HashSet<string> taken)
    {
        var unique = name;
        for (var i = 2; !taken.Add(unique); i++)
            unique = $"{name}_{i}";
        return unique;
    }

    /// <summary>Names of columns are words; a first row with numbers, or with more gaps than words, is data.</summary>
    static bool IsHeader(List<IReadOnlyList<string>> sample)
    {
        var named = sample[0].Where(cell => cell.Trim().Length > 0).ToList();
        return named.Count * 2 >= sample[0].Count && !named.Any(IsReal) && (sample.Count > 1 || sample[0].Count > 1);
    }

    static string TypeOf(IEnumerable<string> cells)
    {
        var values = cells.Where(cell => cell.Trim().Length > 0).ToList();
        if (values.Count == 0 || !values.All(IsReal))
            return "TEXT";
        return values.All(IsInteger) ? "INTEGER" : "REAL";
    }

    static bool IsInteger(string cell) => long.TryParse(cell, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    /// <summary>A leading zero marks a code, such as a postal one, which must keep it; so does a length that no number has.</summary>
    static bool IsReal(string cell)
    {
        var digits = cell.Trim().TrimStart('-', '+');
        var isCode = digits.Length > 1 && digits[0] == '0' && char.IsAsciiDigit(digits[1]);
        if (isCode)
            return false;
        var isExact = digits.Length < 16 || digits.Contains('.', StringComparison.Ordinal);
        return IsInteger(cell) || (isExact && double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number));
    }
}
