using System.Text;
using Microsoft.AspNetCore.Http;

namespace Cowork.Harness.Anton.Tests.Tools.Web;

public sealed class WebFetchTests
{
    [Theory]
    [InlineData("http://127.0.0.1:{0}/")] // this machine
    [InlineData("http://localhost:{0}/")] // by name
    [InlineData("http://127.1:{0}/")] // the short form
    [InlineData("http://2130706433:{0}/")] // as one number
    [InlineData("http://0x7f000001:{0}/")] // in hex
    [InlineData("http://0177.0.0.1:{0}/")] // in octal
    [InlineData("http://[::1]:{0}/")] // in IPv6
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")] // as IPv4 in IPv6
    [InlineData("http://0.0.0.0:{0}/")] // means this machine as well
    [InlineData("http://[::]:{0}/")] // the same in IPv6
    [InlineData("http://169.254.169.254/latest/meta-data/")] // metadata
    [InlineData("file:///etc/passwd")] // no page at all
    [InlineData("ftp://127.0.0.1:{0}/")] // another protocol
    [InlineData("http://user:pw@127.0.0.1:{0}/")] // with a password
    [InlineData("127.0.0.1:{0}")] // no URL
    [InlineData("")] // nothing
    public async Task Nothing_of_this_machine_or_its_network_is_read(string url)
    {
        var requests = 0;
        await using var server = await WebServer.StartAsync(context =>
        {
            Interlocked.Increment(ref requests);
            return context.Response.WriteAsync("SECRET");
        });
        await using var tools = await ToolsUnderTest.StartAsync();

        var failure = await tools.FailAsync("web_fetch", new { url = url.Replace("{0}", $"{server.Url.Port}", StringComparison.Ordinal) });

        Assert.DoesNotContain("SECRET", failure, StringComparison.Ordinal);
        Assert.Equal(0, requests);
    }

    [Theory]
    [InlineData("http://127.0.0.1/")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("http://[::]/")]
    [InlineData("http://168.63.129.16/")]
    public async Task The_reason_is_the_address(string url)
    {
        await using var tools = await ToolsUnderTest.StartAsync();

        Assert.Contains("is an address of this machine or its network", await tools.FailAsync("web_fetch", new { url }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_user_can_allow_this_network_and_take_it_back()
    {
        await using var server = await WebServer.StartAsync(context => context.Response.WriteAsync("hello"));
        await using var tools = await ToolsUnderTest.StartAsync();

        tools.Settings.Values["anton_web_fetch_private"] = "True";
        Assert.Equal($"{server.Url} — status 200, 5 bytes\n\nhello", await tools.TextAsync("web_fetch", new { url = server.Url }));
        tools.Settings.Values["anton_web_fetch_private"] = "False";
        Assert.Contains("Settings", await tools.FailAsync("web_fetch", new { url = server.Url }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_followed_and_named()
    {
        await using var server = await WebServer.StartAsync(context =>
        {
            if (context.Request.Path == "/old")
                context.Response.Redirect("/new");
            return context.Response.WriteAsync("here");
        });
        await using var tools = await AllowedAsync();

        Assert.StartsWith($"{server.Url}new — status 200", await tools.TextAsync("web_fetch", new { url = new Uri(server.Url, "old") }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_without_end_is_given_up()
    {
        await using var server = await WebServer.StartAsync(context =>
        {
            context.Response.Redirect("/again");
            return Task.CompletedTask;
        });
        await using var tools = await AllowedAsync();

        Assert.Contains("status 302", await tools.FailAsync("web_fetch", new { url = server.Url }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_becomes_readable_text()
    {
        const string Page = """
            <!doctype html><html><head><title>Ports &amp; ships</title><style>p{}</style></head>
            <body><script>alert(1)</script><nav hidden>menu</nav>
            <h2>List</h2><ul><li>one</li><li>two <b>bold</b></li></ul>
            <p>See <a href="/more?x=1">the   rest</a>, <a href="#here">here</a> or <a href="javascript:x()">not</a>.<br>Next
            line</p><pre>a
              b</pre><table><tr><th>Name</th><th>t</th></tr><tr><td>Anna</td><td>5</td></tr></table><img alt="A ship" src=x></body></html>
            """;
        await using var server = await WebServer.StartAsync(context => Answer(context, "text/html", Encoding.UTF8.GetBytes(Page)));
        await using var tools = await AllowedAsync();

        var text = await tools.TextAsync("web_fetch", new { url = server.Url });

        Assert.Equal(
            $"""
            # Ports & ships

            ## List

            - one
            - two bold

            See [the rest]({server.Url}more?x=1), here or not.
            Next line

            ```
            a
              b
            ```

             | Name | t
             | Anna | 5
            [A ship]
            """,
            text[(text.IndexOf("\n\n", StringComparison.Ordinal) + 2)..]);
    }

    [Theory]
    [InlineData("text/html; charset=iso-8859-1", "<p>Größe</p>")] // the header says it
    [InlineData("text/html", "<meta charset=iso-8859-1><p>Größe</p>")] // the page says it
    [InlineData("text/plain; charset=iso-8859-1", "Größe")] // no page
    [InlineData("text/plain", "Größe")] // nobody says it
    public async Task The_character_set_is_found_wherever_it_stands(string type, string body)
    {
        await using var server = await WebServer.StartAsync(context => Answer(context, type, Encoding.Latin1.GetBytes(body)));
        await using var tools = await AllowedAsync();

        Assert.EndsWith("Größe", await tools.TextAsync("web_fetch", new { url = server.Url }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Errors_are_shown_with_their_text_and_files_are_refused()
    {
        await using var server = await WebServer.StartAsync(async context =>
        {
            if (context.Request.Path == "/file")
            {
                await Answer(context, "application/pdf", [1, 2, 3]);
                return;
            }

            context.Response.StatusCode = 404;
            await context.Response.WriteAsync("gone");
        });
        await using var tools = await AllowedAsync();

        Assert.EndsWith("status 404, 4 bytes\n\ngone", await tools.FailAsync("web_fetch", new { url = server.Url }), StringComparison.Ordinal);
        Assert.Contains("application/pdf", await tools.FailAsync("web_fetch", new { url = new Uri(server.Url, "file") }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_without_end_is_cut()
    {
        await using var server = await WebServer.StartAsync(async context =>
        {
            context.Response.ContentType = "text/plain";
            var block = Encoding.ASCII.GetBytes(new string('x', 64 * 1024));
            while (!context.RequestAborted.IsCancellationRequested)
                await context.Response.Body.WriteAsync(block);
        });
        await using var tools = await AllowedAsync();

        var text = await tools.TextAsync("web_fetch", new { url = server.Url, max_chars = 1000 });

        Assert.Contains("5242880 bytes (the rest was not read)", text, StringComparison.Ordinal);
        Assert.EndsWith("[the first 1000 of 5242880 characters]", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_given_up_and_a_stop_is_a_stop()
    {
        var asked = new SemaphoreSlim(0);
        await using var server = await WebServer.StartAsync(context =>
        {
            asked.Release();
            return Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        await using var tools = await AllowedAsync();

        var late = tools.FailAsync("web_fetch", new { url = server.Url });
        await asked.WaitAsync();
        tools.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Contains("within 30 seconds", await late, StringComparison.Ordinal);

        using var stop = new CancellationTokenSource();
        var stopped = tools.RunAsync("web_fetch", new { url = server.Url }, stop.Token);
        await asked.WaitAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named()
    {
        var server = await WebServer.StartAsync(_ => Task.CompletedTask);
        var url = server.Url;
        await server.DisposeAsync();
        await using var tools = await AllowedAsync();

        Assert.Equal("127.0.0.1 could not be reached: no connection. Check the address or try another source.", await tools.FailAsync("web_fetch", new { url }));
    }

    static async Task<ToolsUnderTest> AllowedAsync()
    {
        var tools = await ToolsUnderTest.StartAsync();
        tools.Settings.Values["anton_web_fetch_private"] = "True";
        return tools;
    }

    static async Task Answer(HttpContext context, string type, byte[] body)
    {
        context.Response.ContentType = type;
        await context.Response.Body.WriteAsync(body);
    }
}
