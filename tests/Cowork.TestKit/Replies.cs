using Microsoft.AspNetCore.Http;

namespace Cowork.TestKit;

/// <summary>Common answers for <see cref="ScriptedModel.Reply"/>.</summary>
public static class Replies
{
    /// <summary>A JSON answer.</summary>
    /// <param name="json">The body.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="headers">Further headers.</param>
    public static Func<HttpContext, Task> Json(string json, int status = 200, params (string Name, string Value)[] headers) => async http =>
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        foreach (var (name, value) in headers)
            http.Response.Headers[name] = value;
        await http.Response.WriteAsync(json, http.RequestAborted);
    };

    /// <summary>An error in the shape of a provider.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="message">The provider's sentence.</param>
    /// <param name="anthropic">Anthropic's shape instead of OpenAI's.</param>
    public static Func<HttpContext, Task> Error(int status, string message, bool anthropic = false) => Json(
        anthropic
            ? $$$"""{"type":"error","error":{"type":"api_error","message":{{{Frames.Quote(message)}}}}}"""
            : $$$"""{"error":{"message":{{{Frames.Quote(message)}}},"type":"api_error","code":null}}""",
        status);

    /// <summary>A stream of frames, flushed one by one.</summary>
    /// <param name="frames">The frames, blank lines included.</param>
    /// <param name="dropAfter">Breaks the connection after so many frames; all of them arrive before.</param>
    /// <param name="delay">Time between frames.</param>
    public static Func<HttpContext, Task> Stream(IEnumerable<string> frames, int? dropAfter = null, TimeSpan delay = default) => async http =>
    {
        http.Response.ContentType = "text/event-stream";
        await http.Response.StartAsync(http.RequestAborted);
        var sent = 0;
        foreach (var frame in frames)
        {
            if (sent++ == dropAfter)
                break;
            await http.Response.WriteAsync(frame, http.RequestAborted);
            await http.Response.Body.FlushAsync(http.RequestAborted);
            if (delay > TimeSpan.Zero)
                await Task.Delay(delay, http.RequestAborted);
        }

        // An exception makes Kestrel close the connection without the end mark, but only after what was written.
        if (dropAfter is not null)
            throw new IOException("The script drops the connection here.");
    };

    /// <summary>Accepts and never answers; ends when the client hangs up.</summary>
    public static async Task Hang(HttpContext http)
    {
        try
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        }
        catch (OperationCanceledException)
        {
            // The client has hung up, or the test is over.
        }
    }
}
