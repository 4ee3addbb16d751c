using System.Diagnostics;
using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tests;

public sealed class PromptTests
{
    [Fact]
    public async Task The_prompt_begins_with_the_same_words_for_everyone()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.File("memory/lessons.md", "# Lessons\n- likes tea\n");

        await anton.RunAsync("anthropic", "[[say x]]");
        var first = anton.Model.Requests[0].Body.GetProperty("system")[0].GetProperty("text").GetString()!;
        anton.File("memory/lessons.md", "# Lessons\n- likes coffee\n");
        await anton.RunAsync("anthropic", "[[say x]]");

        Assert.Equal(first, anton.Model.Requests[1].Body.GetProperty("system")[0].GetProperty("text").GetString());
        Assert.InRange(first.Length, 2_000, 15_000);
        Assert.DoesNotContain("likes", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_model_knows_the_project_and_the_day_but_not_the_time()
    {
        await using var anton = await AntonUnderTest.StartAsync();

        var prompt = await PromptAsync(anton, anton.Request("openai", new ContentBlock.TextBlock("[[say x]]")));

        Assert.Contains("“harbour”", prompt, StringComparison.Ordinal);
        Assert.Contains(anton.Project.Directory, prompt, StringComparison.Ordinal);
        Assert.Contains("Saturday, 14 March 2026", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("15:09", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_projects_instructions_reach_the_model_and_an_untouched_template_does_not()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var request = anton.Request("openai", new ContentBlock.TextBlock("[[say x]]"));

        anton.File("harbour/.anton/anton.md", "# harbour\n\nCreated: 2026-01-01\n\n<!-- Add context here:\nwhat it is about -->\n");
        Assert.DoesNotContain("Instructions of this project", await PromptAsync(anton, request), StringComparison.Ordinal);

        anton.File("harbour/.anton/anton.md", "# harbour\nCreated: 2026-01-01\n<!-- hint -->\nMARKER rhyme always\n");
        var prompt = await PromptAsync(anton, request);
        Assert.Contains("MARKER rhyme always", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("hint", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Instructions_that_link_out_of_the_project_are_ignored()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.File("harbour/.anton/anton.md", "MARKER");
        var request = anton.Request("openai", new ContentBlock.TextBlock("[[say x]]")) with { Services = new NothingIsSafe() };

        Assert.DoesNotContain("MARKER", await PromptAsync(anton, request), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rules_and_lessons_of_both_scopes_reach_the_model_without_remarks_for_the_machine()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.File("memory/lessons.md", "# Lessons\n- likes tea <!-- topic:drinks ts:2026-01-01 -->\nnot a lesson\n");
        anton.File("memory/rules.md", "# Rules\n\n## Always\n- be brief <!-- confidence:high source:user ts:None -->\n\n## Never\n\n## When\n");
        anton.File("harbour/.anton/memory/lessons.md", "- ships leave at nine\n");
        anton.File("harbour/.anton/memory/rules.md", "## Never\n- name prices\n\nfree words of the person\n");

        var prompt = await PromptAsync(anton, anton.Request("openai", new ContentBlock.TextBlock("[[say x]]")));

        Assert.Contains("# What you have learned, valid everywhere\n\n- likes tea\n\n", prompt, StringComparison.Ordinal);
        Assert.Contains("# Rules that hold everywhere\n\n## Always\n- be brief\n\n", prompt, StringComparison.Ordinal);
        Assert.Contains("# What you have learned, valid in this project\n\n- ships leave at nine\n\n", prompt, StringComparison.Ordinal);
        Assert.Contains("# Rules that hold in this project\n\n## Never\n- name prices\nfree words of the person\n\n", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("not a lesson", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("confidence", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("## When", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notes_by_topic_reach_the_model_but_not_through_a_link()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.File("memory/topics/tea.md", "<!-- for the machine -->green, no sugar\n");
        anton.File("harbour/.anton/memory/topics/tides.md", "two a day\n");
        anton.File("elsewhere.md", "not of this memory");
        File.CreateSymbolicLink(Path.Combine(anton.Root, "memory", "topics", "zlink.md"), Path.Combine(anton.Root, "elsewhere.md"));

        var prompt = await PromptAsync(anton, anton.Request("openai", new ContentBlock.TextBlock("[[say x]]")));

        Assert.Contains("# Notes by topic, valid everywhere\n\n## tea\n\ngreen, no sugar\n\n", prompt, StringComparison.Ordinal);
        Assert.Contains("# Notes by topic, valid in this project\n\n## tides\n\ntwo a day\n\n", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("not of this memory", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_a_text_does_not_hold_up_the_turn()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes among its files.");
        await using var anton = await AntonUnderTest.StartAsync();
        anton.File("harbour/.anton/memory/topics/tides.md", "two a day");
        anton.File("harbour/.anton/skills/piped/notes.md", "x");
        foreach (var path in (string[])["harbour/.anton/anton.md", "harbour/.anton/mcp.json", "harbour/.anton/memory/lessons.md", "harbour/.anton/memory/topics/a.md", "harbour/.anton/skills/piped/SKILL.md"])
        {
            using var made = Process.Start("mkfifo", Path.Combine(anton.Root, path));
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.Equal(0, made.ExitCode);
        }

        var prompt = await PromptAsync(anton, anton.Request("openai", new ContentBlock.TextBlock("[[say x]]"))).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Contains("two a day", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("- piped", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_person_wishes_of_the_answers_is_told()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var request = anton.Request("openai", new ContentBlock.TextBlock("[[say x]]"));

        var plain = await PromptAsync(anton, request);
        Assert.DoesNotContain("# Tone", plain, StringComparison.Ordinal);
        Assert.DoesNotContain("# Dashboards", plain, StringComparison.Ordinal);
        Assert.Contains("- dashboard (Dashboard)", plain, StringComparison.Ordinal);

        var wished = await PromptAsync(anton, request with { Tone = "dry", ProactiveDashboards = true });
        Assert.Contains("# Tone\n\nThe person wishes to be answered in this tone: dry\n\n", wished, StringComparison.Ordinal);
        Assert.Contains("# Dashboards\n\n", wished, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_too_many_lessons_the_newest_are_kept()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        anton.File("memory/lessons.md", string.Concat(Enumerable.Range(0, 1000).Select(i => $"- lesson number {i}\n")));

        var prompt = await PromptAsync(anton, anton.Request("openai", new ContentBlock.TextBlock("[[say x]]")));

        Assert.Contains("- lesson number 999\n", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("- lesson number 1\n", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Skills_are_listed_by_what_they_are_for_and_their_texts_wait()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var request = anton.Request("openai", new ContentBlock.TextBlock("[[say x]]"));
        anton.File("harbour/.anton/skills/tide-table/SKILL.md", "---\nname: Tide table\ndescription: tides are asked for\n---\nLook at the moon.");

        var prompt = await PromptAsync(anton, request with { Skills = [new("weekly_report", "Weekly report", "what it is", "a report is due", "Step one")] });

        Assert.Contains("- weekly_report (Weekly report) — a report is due", prompt, StringComparison.Ordinal);
        Assert.Contains("- tide-table (Tide table) — tides are asked for", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("Step one", prompt, StringComparison.Ordinal);
        Assert.DoesNotContain("Look at the moon", prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_every_call_repeats_stays_below_fifteen_kilobytes()
    {
        await using var anton = await AntonUnderTest.StartAsync();

        await anton.RunAsync("anthropic", "[[say x]]");

        var body = anton.Model.Requests[0].Body;
        Assert.InRange(body.GetProperty("system")[0].GetRawText().Length + body.GetProperty("tools").GetRawText().Length, 5_000, 15_000);
    }

    [Fact]
    public async Task The_model_knows_where_the_conversations_files_are()
    {
        await using var anton = await AntonUnderTest.StartAsync();
        var plan = anton.Attachment("plan.csv", "text/csv", [1]);

        var prompt = await PromptAsync(anton, anton.Request("openai", new ContentBlock.TextBlock("[[say x]]")) with { Attachments = [plan] });

        Assert.Contains(plan.Path, prompt, StringComparison.Ordinal);
    }

    [Fact]
    public void Global_memory_can_be_kept_elsewhere()
    {
        Assert.EndsWith(Path.Combine(".cowork", "anton", "memory"), AntonOptions.From(_ => null).GlobalMemoryRoot, StringComparison.Ordinal);
        Assert.Equal(Path.GetFullPath("elsewhere"), AntonOptions.From(name => name == "ANTON_GLOBAL_MEMORY_ROOT_DIR" ? "elsewhere" : null).GlobalMemoryRoot);
    }

    static async Task<string> PromptAsync(AntonUnderTest anton, TurnRequest request)
    {
        anton.Model.Clear();
        (await anton.RunAsync(request)).ShouldHaveAnswered("x");
        return anton.Model.Requests[0].Body.GetProperty("messages")[0].GetProperty("content").GetString()!;
    }

    sealed class NothingIsSafe : ITurnServices
    {
        public string TempDirectory => throw new NotSupportedException();

        public IProjectArtifacts Artifacts => throw new NotSupportedException();

        public string ResolveProjectPath(string path) => throw new HarnessException("unsafe_path", "That path leads out of the project.");

        public Task<ApprovalDecision> RequestApprovalAsync(ApprovalRequest request, CancellationToken ct) => throw new NotSupportedException();

        public Task<string?> AskAsync(UserQuestion question, CancellationToken ct) => throw new NotSupportedException();
    }
}
