using System.Globalization;
using Cowork.Abstractions;

namespace Cowork.Harness.Anton;

/// <summary>What users can set about Anton. Read at each use, so that a change applies to the next turn.</summary>
sealed class AntonSettings(IPluginSettings settings)
{
    const string Rounds = "anton_max_tool_rounds";
    const string Tokens = "anton_max_turn_tokens";
    const string Window = "anton_context_window";
    const string OpenAiApi = "anton_openai_api";
    const string PythonPath = "anton_python";

    public int MaxToolRounds => (int)Math.Clamp(Number(Rounds), 1, 1_000);

    /// <summary>Tokens that a turn may read and write before it has to ask, those of side jobs included.</summary>
    public long MaxTokensOf(TurnRequest request) => request.TokenBudget ?? Math.Max(Number(Tokens), 1);

    /// <summary>Tokens that the model can read; 0 to go by its name.</summary>
    public int ContextWindow => (int)Math.Clamp(Number(Window), 0, int.MaxValue);

    public bool UsesResponsesApi => settings.Get(OpenAiApi) == "responses";

    /// <summary>The Python for cells; empty to look for one.</summary>
    public string Python => settings.Get(PythonPath)?.Trim() ?? "";

    public static IEnumerable<SettingDescriptor> Descriptors =>
    [
        new() { Key = Rounds, Label = "Rounds of tools", Description = "After so many rounds of tools in one turn Anton stops and asks.", Kind = SettingKind.Integer, Default = "25" },
        new() { Key = Tokens, Label = "Tokens of a turn", Description = "After so many tokens in one turn Anton stops and asks.", Kind = SettingKind.Integer, Default = "1250000" },
        new() { Key = Window, Label = "Context window", Description = "How many tokens the model can read; 0 to go by its name. For local models.", Kind = SettingKind.Integer, Default = "0" },
        new() { Key = PythonPath, Label = "Python", Description = "Path of the Python, 3.9 or newer, that runs Anton's code; empty to look for one.", Kind = SettingKind.Text, Default = "" },
        new() { Key = OpenAiApi, Label = "API of OpenAI", Description = "Responses searches the web by itself; Chat Completions is what other servers understand too. Only for OpenAI itself.", Kind = SettingKind.Choice, Options = ["chat", "responses"], Default = "chat" },
    ];

    long Number(string key) => long.TryParse(settings.Get(key), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
