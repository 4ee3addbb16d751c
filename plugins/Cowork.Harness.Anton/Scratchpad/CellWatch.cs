using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>Listens to one cell for one turn: collects what it says, shows the newest line, and passes its calls on.</summary>
sealed class CellWatch : ICellObserver
{
    const int LongestLine = 200;
    readonly ToolContext _context;
    readonly CellServices _services;
    readonly ScratchpadOptions _options;
    readonly string _toolUseId;
    readonly CutText _output = new(CellReport.LongestOutput);
    readonly CutText _errors = new(CellReport.LongestErrors);
    readonly CutText _logs = new(CellReport.LongestLogs);
    readonly ScrubbedText[] _streams;
    readonly Lock _gate = new();
    string _partial = "";
    long _shownAt;

    public CellWatch(ToolContext context, CellServices services, ScratchpadOptions options, string toolUseId)
    {
        (_context, _services, _options, _toolUseId) = (context, services, options, toolUseId);
        _streams = [new(context.Scrubber, Collect(_output)), new(context.Scrubber, Collect(_errors)), new(context.Scrubber, _logs.Append)];
    }

    public void Output(CellStream stream, string text)
    {
        lock (_gate)
            _streams[(int)stream].Append(text);
    }

    public void Progress(string message)
    {
        lock (_gate)
            _shownAt = _options.Clock.GetTimestamp();
        _context.Progress("scratchpad", message, _toolUseId);
    }

    public Task<JsonNode?> CallAsync(string name, JsonElement arguments, CancellationToken ct) => _services.CallAsync(name, arguments, _context, ct);

    /// <summary>Everything that the cell said, once it has ended.</summary>
    public (string Output, string Errors, string Logs) Take()
    {
        lock (_gate)
        {
            foreach (var stream in _streams)
                stream.End();
            return (_output.ToString(), _errors.ToString(), _logs.ToString());
        }
    }

    Action<string> Collect(CutText text) => piece =>
    {
        text.Append(piece);
        Show(piece);
    };

    void Show(string piece)
    {
        var text = _partial + piece;
        var end = text.AsSpan().LastIndexOfAny('\n', '\r') + 1;
        _partial = text.Length - end <= LongestLine ? text[end..] : text[end..(end + LongestLine)];
        var newest = string.IsNullOrWhiteSpace(_partial) ? LastLineOf(text.AsSpan(0, end)) : _partial;
        if (newest.Length == 0 || (_shownAt != 0 && _options.Clock.GetElapsedTime(_shownAt) < _options.OutputInterval))
            return;
        _shownAt = _options.Clock.GetTimestamp();
        _context.Progress("scratchpad", newest, _toolUseId);
    }

    static string LastLineOf(ReadOnlySpan<char> text)
    {
        text = text.TrimEnd();
        var line = text[(text.LastIndexOfAny('\n', '\r') + 1)..];
        return (line.Length <= LongestLine ? line : line[..LongestLine]).ToString();
    }
}
