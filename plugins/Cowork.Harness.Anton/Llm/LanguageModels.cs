using System.Collections.Concurrent;
using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Llm;

/// <summary>Hands out clients, one per endpoint, key and model; they are costly to build and safe to share.</summary>
sealed class LanguageModels(ModelHttp http)
{
    const int MaxClients = 32;
    readonly ConcurrentDictionary<Key, ILanguageModel> _models = new();

    public ILanguageModel Get(ModelChoice choice)
    {
        var key = new Key(choice.Provider == "anthropic", choice.BaseUrl, choice.ApiKey, choice.Model);
        if (_models.TryGetValue(key, out var model))
            return model;

        // Settings change rarely: whoever comes after that many changes pays for one rebuild. Running turns keep theirs.
        if (_models.Count >= MaxClients)
            _models.Clear();
        return _models.GetOrAdd(key, Create);
    }

    ILanguageModel Create(Key key) => key.IsAnthropic
        ? new AnthropicModel(http.Client, key.BaseUrl, key.ApiKey, key.Model)
        : new OpenAiChatModel(http.Client, key.BaseUrl, key.ApiKey, key.Model);

    sealed record Key(bool IsAnthropic, Uri? BaseUrl, Secret? ApiKey, string Model);
}
