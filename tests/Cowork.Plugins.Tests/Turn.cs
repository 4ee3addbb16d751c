using Cowork.Abstractions;
using Cowork.Host.Platform.Plugins;
using Cowork.Testing;

namespace Cowork.Plugins.Tests;

/// <summary>A turn that is run step by step. A harness goes on only when its next event is asked for.</summary>
sealed class Turn : IAsyncDisposable
{
    readonly PluginLease<HarnessDescriptor> _lease;
    readonly IAsyncEnumerator<HarnessEvent> _events;

    Turn(PluginLease<HarnessDescriptor> lease)
    {
        _lease = lease;
        _events = lease.Harness.RunAsync(
            new TurnRequest
            {
                TurnId = default,
                ConversationId = default,
                Project = new(default, "test", "/"),
                Input = [new ContentBlock.TextBlock("hello")],
                Services = new TestTurnServices("/", "/"),
            },
            lease.Expired).GetAsyncEnumerator(lease.Expired);
    }

    public CancellationToken Expired => _lease.Expired;

    public static Turn Begin(PluginServer server)
    {
        Assert.True(server.Registry.TryRent("reference", out var lease));
        return new(lease);
    }

    public async Task<string?> NextAsync() => await _events.MoveNextAsync() ? ((HarnessEvent.TextDelta)_events.Current).Text : null;

    public async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync();
        _lease.Dispose();
    }
}
