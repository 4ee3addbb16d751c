using System.Text.Json;
using System.Text.Json.Serialization;
using Cowork.Harness.Anton.Tools.Files;

namespace Cowork.Harness.Anton.Turn;

/// <summary>
/// The newest summary of every long conversation, one small file each, so that neither the next turn nor a restart pays for it again. Only
/// a saving: one that is lost or cannot be written is made anew.
/// </summary>
/// <param name="folder">Where they lie; made when the first one is kept.</param>
sealed class Summaries(string folder)
{
    const int Most = 500;

    public Summary? Find(Guid conversation)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(PathOf(conversation)), SummaryJson.Default.Summary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    public async Task KeepAsync(Guid conversation, Summary summary, CancellationToken ct)
    {
        try
        {
            await AtomicFile.WriteAsync(PathOf(conversation), JsonSerializer.SerializeToUtf8Bytes(summary, SummaryJson.Default.Summary), ct);
            foreach (var old in new DirectoryInfo(folder).GetFiles("*.json").OrderByDescending(file => file.LastWriteTimeUtc).Skip(Most))
                old.Delete();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next turn summarises again.
        }
    }

    public void Forget(Guid conversation)
    {
        try
        {
            File.Delete(PathOf(conversation));
        }
        catch (DirectoryNotFoundException)
        {
            // None was ever kept.
        }
    }

    string PathOf(Guid conversation) => Path.Combine(folder, $"{conversation}.json");
}

/// <summary>What stands in for the older part of a conversation.</summary>
/// <param name="Words">See <see cref="Llm.ConversationMark"/>, like <paramref name="Call"/>: where that part ends.</param>
/// <param name="Call">See <paramref name="Words"/>.</param>
/// <param name="Text">The summary.</param>
sealed record Summary(string Words, string? Call, string Text);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Summary))]
sealed partial class SummaryJson : JsonSerializerContext;
