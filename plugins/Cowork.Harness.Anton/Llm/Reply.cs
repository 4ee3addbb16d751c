namespace Cowork.Harness.Anton.Llm;

/// <summary>Reads one reply and turns whatever goes wrong into a <see cref="Failure"/>, silence included.</summary>
sealed class Reply : IAsyncDisposable
{
    // Reasoning models may think for minutes without a word.
    static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(10);

    readonly CancellationToken _ct;
    readonly CancellationTokenSource _silence;
    readonly CancellationTokenSource _stop;
    readonly IAsyncEnumerator<ModelEvent> _events;

    public Reply(ILanguageModel model, ModelRequest request, TimeProvider time, CancellationToken ct)
    {
        _ct = ct;
        _silence = new(LongestSilence, time);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(ct, _silence.Token);
        _events = model.StreamAsync(request, _stop.Token).GetAsyncEnumerator(_stop.Token);
    }

    /// <summary>Set when <see cref="NextAsync"/> has returned <c>null</c> because of it.</summary>
    public ProviderFailure? Failure { get; private set; }

    /// <summary>The next event, or <c>null</c> at the end.</summary>
    /// <exception cref="OperationCanceledException">The turn was stopped.</exception>
    public async ValueTask<ModelEvent?> NextAsync()
    {
        try
        {
            _silence.CancelAfter(LongestSilence);
            return await _events.MoveNextAsync() ? _events.Current : null;
        }
        catch (Exception exception)
        {
            // Whatever the SDK makes of a stopped call, the host must see that it was stopped.
            _ct.ThrowIfCancellationRequested();
            Failure = _silence.IsCancellationRequested
                ? new(FailureKind.Silent, IsTransient: false, exception)
                : ProviderErrors.Classify(exception);
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _events.DisposeAsync();
        _stop.Dispose();
        _silence.Dispose();
    }
}
