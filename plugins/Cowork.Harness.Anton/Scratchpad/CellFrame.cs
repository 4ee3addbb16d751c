using System.Globalization;
using System.Text;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>
/// A cell as clients draw it; members and order are theirs, and so is the way it is written: that of Python's <c>json.dumps</c>, with a blank
/// behind <c>:</c> and <c>,</c> and escapes for all that is not ASCII. Clients compare and cut such frames as text.
/// </summary>
sealed record CellFrame(string Code, string Stdout, string Stderr, string? Error, string Description, string EstimatedTime, string Logs, string CellStatus)
{
    public string ToJson()
    {
        var json = new StringBuilder("{");
        Add("code", Code);
        Add("stdout", Stdout);
        Add("stderr", Stderr);
        Add("error", Error);
        Add("description", Description);
        Add("estimated_time", EstimatedTime);
        Add("logs", Logs);
        Add("cell_status", CellStatus);
        return json.Append('}').ToString();

        void Add(string name, string? value)
        {
            json.Append(json.Length > 1 ? ", " : "").Append('"').Append(name).Append("\": ");
            if (value is null)
                json.Append("null");
            else
                Quote(json, value);
        }
    }

    static void Quote(StringBuilder json, string value)
    {
        json.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' or '\\' => json.Append('\\').Append(c),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                < ' ' or > '~' and not '\x7f' => json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => json.Append(c),
            };
        }

        json.Append('"');
    }
}
