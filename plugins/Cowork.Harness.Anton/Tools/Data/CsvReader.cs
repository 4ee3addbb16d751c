using System.Text;

namespace Cowork.Harness.Anton.Tools.Data;

/// <summary>Reads tables of separated values, with quotes, and lines inside of quotes.</summary>
sealed class CsvReader(string text, char delimiter)
{
    const int Sampled = 20;
    static readonly char[] Delimiters = [',', ';', '\t', '|'];
    readonly StringBuilder _field = new();
    int _at;

    /// <summary>The delimiter with which the first records have the same number of fields, and most of them.</summary>
    public static char DelimiterOf(string text)
    {
        var (best, bestScore) = (',', 0.0);
        foreach (var candidate in Delimiters)
        {
            var counts = new CsvReader(text, candidate).Records().Take(Sampled).Select(record => record.Count).ToList();
            if (counts.Count == 0 || counts[0] < 2)
                continue;
            var score = counts[0] * (double)counts.Count(count => count == counts[0]) / counts.Count;
            if (score > bestScore)
                (best, bestScore) = (candidate, score);
        }

        return best;
    }

    /// <summary>All records that are not blank lines.</summary>
    public IEnumerable<IReadOnlyList<string>> Records()
    {
        while (_at < text.Length)
        {
            var record = Record();
            if (record.Count > 1 || record[0].Length > 0)
                yield return record;
        }
    }

    List<string> Record()
    {
        var fields = new List<string>();
        while (true)
        {
            fields.Add(Field());
            if (_at >= text.Length)
                return fields;
            var end = text[_at++];
            if (end == delimiter)
                continue;
            if (end == '\r' && _at < text.Length && text[_at] == '\n')
                _at++;
            return fields;
        }
    }

    string Field()
    {
        if (_at < text.Length && text[_at] == '"')
            return Quoted();
        var rest = text.AsSpan(_at);
        var end = rest.IndexOfAny(delimiter, '\r', '\n');
        var field = end < 0 ? rest : rest[..end];
        _at += field.Length;
        return field.ToString();
    }

    string Quoted()
    {
        _field.Clear();
        for (_at++; _at < text.Length; _at++)
        {
            if (text[_at] != '"')
                _field.Append(text[_at]);
            else if (_at + 1 < text.Length && text[_at + 1] == '"')
                _field.Append(text[_at++]);
            else
                break;
        }

        _at = Math.Min(_at + 1, text.Length);
        // What follows a closing quote by mistake belongs to the field.
        var rest = text.AsSpan(_at);
        var end = rest.IndexOfAny(delimiter, '\r', '\n');
        var stray = end < 0 ? rest : rest[..end];
        _at += stray.Length;
        return _field.Append(stray).ToString();
    }
}
