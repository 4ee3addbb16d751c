namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>Runs a program to its end.</summary>
static class ChildCommand
{
    const int KeptLines = 200;

    /// <returns>What it said; <see cref="CommandEnd.ExitCode"/> is <c>null</c> when the time was over.</returns>
    public static async Task<CommandEnd> RunAsync(CommandCall call, TimeSpan limit, TimeProvider clock, Action<string>? line, CancellationToken ct)
    {
        ChildProcess process;
        try
        {
            process = ChildProcess.Start(call.File, call.Arguments, call.Directory, call.Environment);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return new(-1, "", e.Message);
        }

        await using (process)
        {
            process.Input.Close();
            var reading = ReadAsync(process.Output, line);
            try
            {
                await process.Exited.WaitAsync(limit, clock, ct);
            }
            catch (TimeoutException)
            {
                process.Kill();
                return new(null, await reading, "");
            }

            return new(process.ExitCode, await reading, await process.ErrorsAsync());
        }
    }

    static async Task<string> ReadAsync(StreamReader output, Action<string>? report)
    {
        var lines = new Queue<string>();
        while (await output.ReadLineAsync() is { } line)
        {
            lines.Enqueue(line);
            if (lines.Count > KeptLines)
                lines.Dequeue();
            if (report is not null && line.Length > 0)
                report(line);
        }

        return string.Join('\n', lines);
    }
}

/// <summary>A program and how it is called.</summary>
sealed record CommandCall(string File, IReadOnlyList<string> Arguments, string Directory, IReadOnlyDictionary<string, string> Environment);

/// <summary>What came of a <see cref="CommandCall"/>.</summary>
sealed record CommandEnd(int? ExitCode, string Output, string Errors)
{
    public bool IsGood => ExitCode == 0;

    public string Said => string.Join('\n', new[] { Output, Errors }.Where(text => text.Length > 0)).Trim();
}
