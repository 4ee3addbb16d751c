using System.Text;
using System.Text.Json;
using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tests.Tools;

public sealed class CoreToolsTests
{
    [Fact]
    public async Task The_tools_always_come_in_the_same_order()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Settings.Secrets["anton_exa_api_key"] = new("key-1234");

        Assert.Equal(
            [
                "read_file", "write_file", "edit_file", "list_files", "search_files", "delete_file", "run_command", "query_data", "web_fetch", "web_search", "read_image",
                "memorize", "recall_skill", "create_artifact", "list_artifacts", "open_artifact", "update_artifact", "ask_user",
            ],
            (await tools.AllAsync()).Select(tool => tool.Spec.Name));
    }

    [Fact]
    public async Task What_the_model_is_told_is_short_and_valid()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Settings.Secrets["anton_exa_api_key"] = new("key-1234");
        var size = 0;

        foreach (var tool in await tools.AllAsync())
        {
            var schema = JsonDocument.Parse(tool.Spec.Parameters).RootElement;
            Assert.Equal("object", schema.GetProperty("type").GetString());
            var known = schema.GetProperty("properties").EnumerateObject().Select(field => field.Name).ToList();
            if (schema.TryGetProperty("required", out var required))
                Assert.All(required.EnumerateArray(), name => Assert.Contains(name.GetString(), known));
            size += tool.Spec.Name.Length + Encoding.UTF8.GetByteCount(tool.Spec.Description) + tool.Spec.Parameters.ToMemory().Length;
        }

        // The whole stable part of a request must stay below 15 KB, and there is more in it than these.
        Assert.InRange(size, 3000, 6500);
    }

    [Fact]
    public async Task Only_tools_that_change_nothing_run_side_by_side()
    {
        await using var tools = await ToolsUnderTest.StartAsync();

        Assert.Equal(
            ["write_file", "edit_file", "delete_file", "run_command", "memorize", "create_artifact", "update_artifact", "ask_user"],
            (await tools.AllAsync()).Where(tool => !tool.IsReadOnly).Select(tool => tool.Spec.Name));
    }

    [Fact]
    public async Task No_key_leaves_a_tool_by_event_question_or_file()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        UserQuestion? question = null;
        tools.Person.Answer = asked =>
        {
            question = asked;
            return null;
        };
        const string Key = AntonUnderTest.Canary;

        foreach (var (tool, arguments) in new (string, object)[]
        {
            ("run_command", new { command = $"echo {Key}; printenv" }),
            ("run_command", new { command = $"false {Key}" }),
            ("memorize", new { entries = new[] { new { text = Key, kind = "always", scope = "global" } } }),
            ("ask_user", new { question = Key, options = new[] { Key } }),
        })
        {
            await tools.RunAsync(tool, arguments);
        }

        Assert.All(tools.Events, e => Assert.DoesNotContain(Key, e.ToString(), StringComparison.Ordinal));
        Assert.All(tools.Person.Asked, asked => Assert.DoesNotContain(Key, asked.ToString(), StringComparison.Ordinal));
        Assert.DoesNotContain(Key, question!.Text + string.Concat(question.Options), StringComparison.Ordinal);
        Assert.DoesNotContain(Key, await File.ReadAllTextAsync(Path.Combine(tools.Root, "memory", "rules.md")), StringComparison.Ordinal);
        Assert.DoesNotContain(Key, tools.Log, StringComparison.Ordinal);
        Assert.NotEmpty(tools.Events);
    }

    [Fact]
    public async Task Without_its_own_arguments_no_tool_knows_a_key()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Settings.Secrets["anton_exa_api_key"] = new("search-key-5678");
        tools.Write("a.csv", "x,y\n1,2\n");

        foreach (var tool in await tools.AllAsync())
        {
            Assert.DoesNotContain(AntonUnderTest.Canary, tool.Spec.ToString(), StringComparison.Ordinal);
            string text;
            try
            {
                text = (await tools.RunAsync(tool.Spec.Name, new { path = "a.csv", files = new[] { "a.csv" }, command = "set; env", pattern = ".", file_path = "a.csv", slug = "x", label = "x" })).Text;
            }
            catch (Exception e) when (e is Anton.Tools.ToolException or HarnessException)
            {
                text = e.Message;
            }

            Assert.DoesNotContain(AntonUnderTest.Canary, text, StringComparison.Ordinal);
            Assert.DoesNotContain("search-key-5678", text, StringComparison.Ordinal);
        }
    }
}
