using System.Text.Json;
using System.Text.Json.Serialization;
using Cowork.Host.Features.Approvals;

namespace Cowork.Host.Features.Turns;

/// <summary>What a caller asked for beside the message; kept with the turn, because it may have to wait.</summary>
/// <param name="AttachmentIds">Uploads to put in front of the text.</param>
/// <param name="IsInteractive">Whether a person may be there to answer questions.</param>
/// <param name="Approvals">What a turn may do that nobody watches; null for nothing.</param>
/// <param name="TokenBudget">The most tokens that it may use; null for any number.</param>
/// <param name="Model">The model that answers in place of the one of the settings, from the same provider; null for that one.</param>
/// <param name="Granted">What the user allowed once beforehand, as <see cref="OneTimeGrants"/> writes it; null for nothing.</param>
sealed record TurnOptions(
    IReadOnlyList<Guid> AttachmentIds, bool IsInteractive = true, UnattendedApprovals? Approvals = null, long? TokenBudget = null, string? Model = null, IReadOnlyList<string>? Granted = null)
{
    static readonly TurnOptions Usual = new([]);

    public static TurnOptions Of(Turn turn) =>
        turn.Options is { } json ? JsonSerializer.Deserialize(json, TurnOptionsJson.Default.TurnOptions) ?? Usual : Usual;

    public string ToJson() => JsonSerializer.Serialize(this, TurnOptionsJson.Default.TurnOptions);
}

[JsonSerializable(typeof(TurnOptions))]
sealed partial class TurnOptionsJson : JsonSerializerContext;
