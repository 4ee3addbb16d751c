using System.Collections.Concurrent;
using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Llm;

/// <summary>Hands out clients, one per endpoint, key and model; they are costly to build and safe to share.</summary>
sealed class LanguageModels(ModelHttp http, AntonSettings settings)
{
    const int MaxClients = 32;
    readonly ConcurrentDictionary<Key, ILanguageModel> _models = new();

    public ILanguageModel Get(ModelChoice choice)
    {
        var key = new Key(FormatOf(choice), choice.BaseUrl, choice.ApiKey, choice.Model);
        if (_models.TryGetValue(key, out var model))
            return model;

        // Settings change rarely: whoever comes after that many changes pays for one rebuild. Running turns keep theirs.
        if (_models.Count >= MaxClients)
            _models.Clear();
        return _models.GetOrAdd(key, Create);
    }

    /// <summary>Whether the provider searches the web by itself, which knows more than a tool and costs no key.</summary>
    public bool SearchesItself(ModelChoice choice) => FormatOf(choice) is WireFormat.Messages or WireFormat.Responses;

    WireFormat FormatOf(ModelChoice choice) => choice.Provider switch
    {
        "anthropic" => WireFormat.Messages,
        "openai" when settings.UsesResponsesApi => WireFormat.Responses,
        _ => WireFormat.Chat,
    };

    ILanguageModel Create(Key key) => key.Format switch
    {
        WireFormat.Messages => new AnthropicModel(http.Client, key.BaseUrl, key.ApiKey, key.Model),
        WireFormat.Responses => new OpenAiResponsesModel(http.Client, key.BaseUrl, key.ApiKey, key.Model),
        _ => new OpenAiChatModel(http.Client, key.BaseUrl, key.ApiKey, key.Model),
    };

    enum WireFormat
    {
        Chat,
        Responses,
        Messages,
    }

    sealed record Key(WireFormat Format, Uri? BaseUrl, Secret? ApiKey, string Model);
}
