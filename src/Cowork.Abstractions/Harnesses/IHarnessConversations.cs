namespace Cowork.Abstractions;

/// <summary>
/// For a harness that keeps something of its own for each conversation, for example variables of code. An optional ability: the class that
/// implements <see cref="IHarness"/> implements this too, and the host finds it.
/// </summary>
public interface IHarnessConversations
{
    /// <summary>Deletes all that is kept of a conversation, which the user has deleted. Called on a thread-pool thread, when no turn of it runs any more.</summary>
    /// <param name="conversationId">The conversation; the harness may never have seen it.</param>
    /// <param name="ct">Cancelled when the plugin is replaced or the server ends. There is no second call.</param>
    /// <returns>A task that ends when nothing is left. An exception is logged, and the conversation stays deleted.</returns>
    Task ForgetAsync(Guid conversationId, CancellationToken ct);
}
