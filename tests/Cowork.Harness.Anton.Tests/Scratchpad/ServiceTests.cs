using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Scratchpad;
using Cowork.Harness.Anton.Tools;
using Cowork.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace Cowork.Harness.Anton.Tests.Scratchpad;

public sealed class ServiceTests
{
    const string Canary = "sk-canary-1234567890";

    [Theory]
    [InlineData("openai")]
    [InlineData("anthropic")]
    public async Task Cells_can_ask_the_coding_model_and_its_tokens_count(string provider)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn(models: Models(model, provider));

        var cell = await turn.ExecAsync("""
            llm = get_llm()
            print(llm.model)
            r = llm.complete(system='Be brief.', messages=[{'role': 'user', 'content': '[[say four words of answer]]'}], max_tokens=50)
            print(r.content, r.tool_calls, r.stop_reason)
            """);

        Assert.Equal("fake-coder\nfour words of answer [] end_turn", cell.Printed());
        Assert.True(Assert.Single(turn.Events.OfType<HarnessEvent.Usage>()).OutputTokens > 0);
        Assert.Contains("Be brief.", model.Requests[0].Body.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("openai", "'any'", "\"tool_choice\":\"required\"")]
    [InlineData("openai", "{'type': 'required'}", "\"tool_choice\":\"required\"")]
    [InlineData("openai", "'find'", "\"function\":{\"name\":\"find\"}")]
    [InlineData("openai", "{'type': 'function', 'function': {'name': 'find'}}", "\"function\":{\"name\":\"find\"}")]
    [InlineData("anthropic", "'required'", "\"tool_choice\":{\"type\":\"any\"}")]
    [InlineData("anthropic", "{'type': 'tool', 'name': 'find'}", "\"tool_choice\":{\"type\":\"tool\",\"name\":\"find\"}")]
    public async Task The_choice_of_a_tool_reaches_the_model(string provider, string choice, string sent)
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var pads = PadsUnderTest.Start();

        var cell = await pads.Turn(models: Models(model, provider)).ExecAsync($$$"""
            tools = [{'name': n, 'description': '', 'input_schema': {'type': 'object'}} for n in ('find', 'take')]
            get_llm().complete(messages='[[say hi]]', tools=tools, tool_choice={{{choice}}})
            """);

        Assert.Equal("", cell.Error);
        Assert.Contains(sent, model.Requests[0].Body.GetRawText().Replace(" ", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cell_cannot_ask_the_model_beyond_the_budget_of_its_turn()
    {
        await using var anton = await AntonUnderTest.StartAsync((anton, services) =>
            services.AddSingleton(ScratchpadOptions.From(anton.Root) with { SearchPatience = TimeSpan.FromMinutes(1) }));
        anton.Settings.Values["anton_max_turn_tokens"] = "300";
        anton.Model.Reply(Replies.Stream([.. Frames.ChatToolCalls(
            ("scratchpad", """{"action":"exec","name":"main","code":"for i in range(30): print(get_llm().complete(messages='[[say hi]]').content)"}"""))]));

        var outcome = await anton.RunAsync("openai", "hi");

        var cell = JsonNode.Parse(outcome.Events.OfType<HarnessEvent.ToolResult>().Single().Content)!;
        Assert.Contains("The token budget of this turn is used up", cell["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.InRange(anton.Model.Requests.Count(request => request.Body.GetRawText().Contains("fake-coder", StringComparison.Ordinal)), 1, 20);
    }

    [Fact]
    public async Task Objects_have_the_form_that_was_asked_for()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn(models: Models(model));
        foreach (var said in new[] { "Here it is: {\"a\": 1} as asked.", "no idea", "{\"items\": [{\"name\": \"x\"}, {\"name\": \"y\"}]}" })
            model.Reply(Replies.Stream([Frames.ChatText(said), Frames.ChatChunk("{}", "stop"), Frames.ChatEnd()]));

        var cell = await turn.ExecAsync("""
            class Item:
                def __init__(self, d): self.name = d['name']
                @staticmethod
                def model_json_schema(): return {'type': 'object', 'properties': {'name': {'type': 'string'}}}
                @classmethod
                def model_validate(cls, d): return cls(d)
            llm = get_llm()
            print(llm.generate_object({'type': 'object'}, messages='one'))
            print([i.name for i in llm.generate_object(list[Item], messages='many')])
            """);

        Assert.Equal("{'a': 1}\n['x', 'y']", cell.Printed());
        Assert.Contains("This does not fit the form", model.Requests[2].Body.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_agent_in_a_cell_ends_with_what_the_model_says()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var pads = PadsUnderTest.Start();

        var cell = await pads.Turn(models: Models(model)).ExecAsync("print(agentic_loop(system='s', user_message='[[say done]]', tools=[], handle_tool=lambda name, args: 'x'))");

        Assert.Equal("done", cell.Printed());
    }

    [Fact]
    public async Task A_refused_key_is_an_exception_without_the_key()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn(models: Models(model));
        model.Reply(Replies.Error(401, $"bad key {Canary}"));

        var cell = await turn.ExecAsync("get_llm().complete(messages='hi')");

        Assert.Contains("RuntimeError: OpenAI refused the API key.", cell.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, cell.Outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_model_there_is_no_get_llm()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();

        Assert.Contains("NameError: name 'get_llm' is not defined", (await turn.ExecAsync("get_llm()")).Error, StringComparison.Ordinal);
        Assert.Equal("['progress', 'sample']", (await turn.ExecAsync("print(sorted(n for n in globals() if n in ('progress', 'sample', 'get_llm', 'agentic_loop', 'web_search', 'memorize')))")).Printed());
    }

    [Fact]
    public async Task Stopping_the_turn_hangs_up_on_the_model()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn(models: Models(model));
        var asked = new TaskCompletionSource();
        model.Reply(async http =>
        {
            asked.SetResult();
            await Replies.Hang(http);
        });
        using var stop = new CancellationTokenSource();

        var cell = turn.ExecAsync("x = 1\nget_llm().complete(messages='hi')", ct: stop.Token);
        await asked.Task;
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cell);
        await model.Requests[0].ClientGone;
        Assert.Equal("1", (await turn.ExecAsync("print(x)")).Printed());
    }

    [Fact]
    public async Task No_key_reaches_the_child_and_neither_does_the_rest_of_the_environment()
    {
        await using var model = await ScriptedModel.StartAsync();
        await using var pads = PadsUnderTest.Start(options => options with
        {
            Variables = new Dictionary<string, string>(options.Variables)
            {
                ["OPENAI_API_KEY"] = Canary,
                ["ANTHROPIC_API_KEY"] = Canary,
                ["DS_CRM__TOKEN"] = Canary,
                ["PIP_INDEX_URL"] = $"https://user:{Canary}@127.0.0.1/",
                ["LC_TIME"] = "C",
            },
        });
        var turn = pads.Turn(models: Models(model));

        var cell = await turn.ExecAsync("""
            import os
            everything = repr(sorted(os.environ.items())) + open('/proc/self/environ').read() + open('/proc/self/cmdline').read()
            print('canary' in everything, 'LC_TIME' in os.environ, os.environ['PYTHONUTF8'], 'PATH' in os.environ)
            """);

        Assert.Equal("False True 1 True", cell.Printed());
    }

    [Fact]
    public async Task A_secret_printed_in_pieces_does_not_get_through()
    {
        await using var pads = PadsUnderTest.Start(options => options with { OutputInterval = TimeSpan.Zero });
        var turn = pads.Turn(secrets: [("crm token", Canary)]);

        var cell = await turn.ExecAsync($$"""
            import os, sys, time, logging
            secret = ''.join(['sk-can', 'ary-12345', '67890'])
            for part in (secret[:5], secret[5:9], secret[9:]):
                os.write(1, part.encode()); time.sleep(0.05)
                os.write(2, part.encode()); time.sleep(0.05)
            print()
            print('value', secret)
            progress('at ' + secret)
            logging.getLogger('x').info(secret)
            raise ValueError(secret)
            """);
        var view = await turn.CallAsync("view");
        await turn.CallAsync("dump");
        await pads.StopAsync();

        Assert.Equal("[crm token]\nvalue [crm token]\n", cell.Stdout);
        Assert.Equal(("[crm token]", "x: [crm token]\n"), (cell.Stderr, cell.Logs));
        Assert.Contains("ValueError: [crm token]", cell.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, cell.Outcome.Text + view + string.Join("\n", turn.Events), StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(pads.Root, "cells.jsonl", SearchOption.AllDirectories), file => Assert.DoesNotContain(Canary, File.ReadAllText(file), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whatever_else_is_registered_can_be_called_and_its_defects_stay_in_the_server()
    {
        await using var pads = PadsUnderTest.Start(services: new Tides());

        var cell = await pads.Turn().ExecAsync("""
            print(web_search('harbour', max_results=2))
            for query in ('forbidden', 'defect'):
                try: web_search(query)
                except RuntimeError as e: print(e)
            print('memorize' in globals())
            """);

        Assert.Equal("2 results for harbour\nAsk for something else.\n'web_search' failed. Try it another way.\nFalse", cell.Printed());
    }

    [Fact]
    public async Task Calls_of_many_threads_find_their_answers()
    {
        await using var pads = PadsUnderTest.Start(services: new Tides());

        var cell = await pads.Turn().ExecAsync("""
            from concurrent.futures import ThreadPoolExecutor
            with ThreadPoolExecutor(20) as pool: answers = list(pool.map(lambda i: web_search(str(i)), range(100)))
            print(answers == ['5 results for %d' % i for i in range(100)])
            """);

        Assert.Equal("True", cell.Printed());
    }

    sealed class Tides : ICellService
    {
        public string Name => "web_search";

        public bool IsOffered(ToolContext context) => true;

        public Task<JsonNode?> CallAsync(JsonElement arguments, ToolContext context, CancellationToken ct) => arguments.GetProperty("query").GetString() switch
        {
            "forbidden" => throw new ToolException("Ask for something else."),
            "defect" => throw new InvalidOperationException("internals"),
            var query => Task.FromResult<JsonNode?>($"{arguments.GetProperty("max_results").GetInt32()} results for {query}"),
        };
    }

    static TurnModels Models(ScriptedModel model, string provider = "openai")
    {
        var choice = new ModelChoice { Provider = provider, Model = "fake-planner", BaseUrl = model.BaseUrl, ApiKey = new(Canary) };
        return new(choice, choice with { Model = "fake-coder" });
    }
}
