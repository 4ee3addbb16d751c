using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>A cell on its way: what the child says of it goes to the observer, what it asks for is answered.</summary>
sealed class CellRun(int number, ICellObserver observer, Func<ChildOrder, Task> send)
{
    const int CallsAtOnce = 8;
    readonly TaskCompletionSource<ChildEvent> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly CancellationTokenSource _over = new();
    readonly SemaphoreSlim _calls = new(CallsAtOnce);

    /// <summary>The child's last word on the cell</summary>
    public Task<ChildEvent> Done => _done.Task;

    /// <summary>Whether the code runs: what was written before is not the cell's.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Tells of what happened before the cell.</summary>
    public void Note(string text) => observer.Output(CellStream.Logs, text);

    public void Hear(ChildEvent e)
    {
        switch (e.T)
        {
            case "begin" when e.Cell == number:
                HasBegun = true;
                break;
            case "out":
                observer.Output(CellStream.Output, e.S ?? "");
                break;
            case "err":
                observer.Output(CellStream.Errors, e.S ?? "");
                break;
            case "log":
                observer.Output(CellStream.Logs, e.S ?? "");
                break;
            case "progress":
                observer.Progress(e.S ?? "");
                break;
            case "call":
                _ = AnswerAsync(e);
                break;
            case "done" when e.Cell == number:
                _done.TrySetResult(e);
                break;
        }
    }

    /// <summary>Ends what the cell still asks for.</summary>
    public void End() => _over.Cancel();

    async Task AnswerAsync(ChildEvent e)
    {
        try
        {
            await _calls.WaitAsync(_over.Token);
            try
            {
                await send(new("reply") { Id = e.Id, Value = await observer.CallAsync(e.Name ?? "", e.Args, _over.Token) });
            }
            finally
            {
                _calls.Release();
            }
        }
        catch (ToolException failure)
        {
            await send(new("reply") { Id = e.Id, Error = failure.Message });
        }
        catch (OperationCanceledException)
        {
            // The cell is over; nobody waits for the answer.
        }
    }
}
