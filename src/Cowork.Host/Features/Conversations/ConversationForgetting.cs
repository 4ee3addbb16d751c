using Cowork.Abstractions;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Host.Features.Conversations;

/// <summary>Tells the agents that conversations are gone, so that they delete what they keep of them.</summary>
[FeatureService]
sealed partial class ConversationForgetting(PluginRegistry plugins, ILogger<ConversationForgetting> log)
{
    /// <summary>Returns at once: nobody waits for an agent to tidy up.</summary>
    public void Tell(IReadOnlyList<Guid> conversations)
    {
        foreach (var harness in plugins.Current.Harnesses.Select(h => h.Id).ToList())
            _ = Task.Run(() => TellAsync(harness, conversations));
    }

    async Task TellAsync(string harness, IReadOnlyList<Guid> conversations)
    {
        if (!plugins.TryRent(harness, out var rented))
            return;
        using var lease = rented;
        if (!lease.HasAbility<IHarnessConversations>())
            return;
        foreach (var id in conversations)
        {
            try
            {
                await ((IHarnessConversations)lease.Harness).ForgetAsync(id, lease.Expired);
            }
            catch (Exception e)
            {
                NotForgotten(log, e, harness, id);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The agent {Harness} could not delete what it keeps of conversation {Id}, which was deleted")]
    static partial void NotForgotten(ILogger log, Exception e, string harness, Guid id);
}
