using System.Diagnostics;
using System.Text.Json.Nodes;
using Cowork.TestKit;

namespace Cowork.EndToEnd.Tests;

/// <summary>What a new user does first: "which month was best, and make a page of it".</summary>
public sealed class SalesPageTests
{
    const string Sales =
        """
        date,product,amount
        2026-01-10,rope,120.50
        2026-01-22,sail,410.00
        2026-02-03,rope,80.00
        2026-03-09,sail,820.00
        2026-03-30,anchor,314.25
        2026-04-11,rope,95.75
        """;

    const string Totals =
        """
        import csv
        from collections import defaultdict
        totals = defaultdict(float)
        with open('sales.csv', newline='') as f:
            for row in csv.DictReader(f):
                totals[row['date'][:7]] += float(row['amount'])
        for month, total in sorted(totals.items()):
            print(month, f'{total:.2f}')
        best = max(totals, key=totals.get)
        print('best', best)
        """;

    const string Page =
        """
        top = max(totals.values())
        bars = ''.join(
            f'<tr><th>{m}</th><td><div style="width:{totals[m] / top * 100:.0f}%">&nbsp;</div></td><td class="n">{totals[m]:,.2f}</td></tr>' for m in sorted(totals))
        html = f'''<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>Sales by month</title><style>body{{font:16px system-ui;margin:2rem;max-width:40rem;color-scheme:light dark}}
        table{{width:100%}}th,.n{{width:6rem}}td div{{background:#3a7;border-radius:4px}}.n{{text-align:right}}</style>
        <h1>{best} was the best month</h1><p>It brought <b>{totals[best]:,.2f}</b>.</p><table>{bars}</table><p id="n"></p>
        <script>document.getElementById('n').textContent = document.querySelectorAll('tr').length + ' months';</script></html>'''
        open('.anton/artifacts/sales-by-month/index.html', 'w').write(html)
        print(len(html), 'characters')
        """;

    static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_question_about_a_table_becomes_a_page_that_a_browser_shows()
    {
        Assert.SkipWhen(PythonOnThisMachine.IsMissing, PythonOnThisMachine.SkipReason);
        await using var model = await ScriptedModel.StartAsync();
        await using var server = await ServerProcess.StartAsync(Ct);
        await server.Client.UseModelAsync(model.BaseUrl, Ct);
        await server.PythonSearchedAsync(Ct);
        var project = Path.Combine(server.Home, ".cowork", "projects", "general");
        await File.WriteAllTextAsync(Path.Combine(project, "sales.csv"), Sales, Ct);
        Call(model, "read_file", new() { ["path"] = "sales.csv" });
        Call(model, "query_data", new() { ["files"] = new JsonArray("sales.csv"), ["sql"] = "select product, sum(amount) as total from sales group by product order by total desc" });
        Call(model, "scratchpad", new() { ["action"] = "exec", ["name"] = "main", ["code"] = Totals, ["one_line_description"] = "Add up the months", ["estimated_execution_time_seconds"] = 2 });
        Call(model, "create_artifact", new() { ["name"] = "Sales by month", ["description"] = "Which month was best.", ["type"] = "html-app", ["primary"] = "index.html" });
        Call(model, "scratchpad", new() { ["action"] = "exec", ["name"] = "main", ["code"] = Page, ["one_line_description"] = "Write the page", ["estimated_execution_time_seconds"] = 2 });
        Call(model, "open_artifact", new() { ["slug"] = "sales-by-month" });
        model.Reply(Replies.Stream(Frames.ChatReply("March was best, with 1,134.25. The page shows all months.", [])));
        var conversation = Guid.NewGuid();

        var frames = await server.Client.AskAsync("Which month was best? Make a page of it.", conversation, Ct).ToListAsync(Ct);

        Assert.Equal("response.completed", frames[^1].Event);
        var cells = frames.Select(f => f.Json).Where(f => f["thought_role"]?.GetValue<string>() == "thought.scratchpad.result").Select(f => JsonNode.Parse(f["content"]!.GetValue<string>())!).ToList();
        Assert.All(cells, cell => Assert.Null(cell["error"]));
        Assert.Contains("best 2026-03", cells[0]["stdout"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains(frames, f => f.Event == "response.artifact_created" && f.Json["artifact"]!["slug"]!.GetValue<string>() == "sales-by-month");
        Assert.Contains("sail", model.Requests[2].Body.GetRawText(), StringComparison.Ordinal);
        Assert.Contains("index.html", model.Requests[^1].Body.GetRawText(), StringComparison.Ordinal);
        var folder = Path.Combine(project, ".anton", "artifacts", "sales-by-month");
        var metadata = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "metadata.json"), Ct))!;
        Assert.Equal("index.html", metadata["files"]![0]!["path"]!.GetValue<string>());
        Assert.Equal(conversation.ToString(), metadata["provenance"]![0]!["conversation"]!.GetValue<string>());

        var shown = await ShowAsync(Path.Combine(folder, "index.html"));

        Assert.Contains("2026-03 was the best month", shown, StringComparison.Ordinal);
        Assert.Contains("1,134.25", shown, StringComparison.Ordinal);
        // Written by the page's script: a browser has really run it.
        Assert.Contains("4 months", shown, StringComparison.Ordinal);
    }

    static void Call(ScriptedModel model, string tool, JsonObject arguments) =>
        model.Reply(Replies.Stream(Frames.ChatToolCalls((tool, arguments.ToJsonString()))));

    /// <summary>What a browser makes of a page, after its scripts have run.</summary>
    static async Task<string> ShowAsync(string page)
    {
        var browser = new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(browser is null, "No Chromium on this machine: the page was made but not looked at.");
        var profile = Directory.CreateTempSubdirectory("cowork-browser-").FullName;
        try
        {
            var start = new ProcessStartInfo(browser)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                ArgumentList =
                {
                    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync", $"--user-data-dir={profile}", "--dump-dom", new Uri(page).AbsoluteUri,
                },
            };
            using var process = Process.Start(start)!;
            _ = process.StandardError.ReadToEndAsync(Ct);
            return await process.StandardOutput.ReadToEndAsync(Ct);
        }
        finally
        {
            Directory.Delete(profile, recursive: true);
        }
    }
}
