using Cowork.Abstractions;
using Cowork.Harness.Anton.Skills;

namespace Cowork.Harness.Anton.Tests.Tools.Skills;

public sealed class RecallSkillTests
{
    [Fact]
    public async Task A_skill_is_found_by_its_label_also_when_it_is_misremembered()
    {
        await using var tools = await StartAsync();

        Assert.Equal("# CSV summary (csv_summary)\n\nwhen there is a table\n\n1. Count.", await tools.TextAsync("recall_skill", new { label = "csv_summary" }));
        Assert.StartsWith("# CSV summary", await tools.TextAsync("recall_skill", new { label = "CSV Summary" }), StringComparison.Ordinal);
        Assert.StartsWith("There is no skill “csv_summry”; this is the closest one.\n\n# CSV summary", await tools.TextAsync("recall_skill", new { label = "csv_summry" }), StringComparison.Ordinal);
        Assert.Equal("NO MATCH for “tax return”. Labels: csv_summary, mail, dashboard, public-data.", await tools.FailAsync("recall_skill", new { label = "tax return" }));
    }

    [Fact]
    public async Task Folders_with_front_matter_are_skills_the_projects_before_the_shared_ones()
    {
        await using var tools = await StartAsync();
        Shared(tools, "web-report/SKILL.md", "---\nname: Web report\ndescription: >\n  Makes a\n  page\n---\n\nDo it.\n");
        Shared(tools, "web-report/references/colours.md", "blue");
        Shared(tools, "ours/SKILL.md", "shared");
        Shared(tools, "broken/SKILL.md", "---\nname: [\n---\nStill there.");
        Shared(tools, "none/readme.md", "no skill");
        tools.Write(".anton/skills/ours/SKILL.md", "of the project");

        var report = await tools.TextAsync("recall_skill", new { label = "web_report" });
        Assert.StartsWith("# Web report (web-report)\n\nMakes a page\n\nDo it.\n\n[files of the skill, in ", report, StringComparison.Ordinal);
        Assert.EndsWith(": references/colours.md]", report, StringComparison.Ordinal);
        Assert.Equal("blue", await tools.TextAsync("recall_skill", new { label = "web-report", file = "references/colours.md" }));
        Assert.Contains("of the project", await tools.TextAsync("recall_skill", new { label = "ours" }), StringComparison.Ordinal);
        Assert.Equal("# broken (broken)\n\nStill there.", await tools.TextAsync("recall_skill", new { label = "broken" }));
        Assert.EndsWith("Labels: csv_summary, mail, ours, broken, web-report, dashboard, public-data.", await tools.FailAsync("recall_skill", new { label = "zzzzzz" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folders_of_the_earlier_Anton_are_skills_but_for_copies_of_the_apps_own()
    {
        await using var tools = await StartAsync();
        Shared(tools, "old_skill/meta.json", """{"label":"old_skill","name":"Old skill","description":"what it is","when_to_use":"when asked","provenance":"manual","stage_1_present":true}""");
        Shared(tools, "old_skill/declarative.md", "First this.\n");
        Shared(tools, "old_skill/stats.json", "{}");
        Shared(tools, "copied/meta.json", """{"label":"copied","name":"Copied","provenance":"cowork"}""");
        Shared(tools, "copied/declarative.md", "No.");
        Shared(tools, "torn/meta.json", "{");
        Shared(tools, "torn/declarative.md", "No.");

        Assert.Equal("# Old skill (old_skill)\n\nwhen asked\n\nFirst this.", await tools.TextAsync("recall_skill", new { label = "old_skill" }));
        Assert.Contains("Labels: csv_summary, mail, old_skill, dashboard", await tools.FailAsync("recall_skill", new { label = "zzzzzz" }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_Anton_brings_along_can_be_read_and_replaced()
    {
        await using var tools = await StartAsync();
        Assert.StartsWith("# Dashboard (dashboard)\n\nthe person wants figures", await tools.TextAsync("recall_skill", new { label = "dashboard" }), StringComparison.Ordinal);
        tools.Write(".anton/skills/dashboard/SKILL.md", "Ours.");
        Assert.Equal("# dashboard (dashboard)\n\nOurs.", await tools.TextAsync("recall_skill", new { label = "dashboard" }));
    }

    [Theory]
    [InlineData("name: a\nmetadata:\n  name: b\n  x: [1, {name: c}]\ndescription: d", "a", "d")] // what is deeper is not meant
    [InlineData("? [x]\n: y\nname: a\ndescription: d", "a", "d")] // a key that is no text
    [InlineData("x: &n a\ny: *n\nname: b\ndescription: d", "b", "d")] // names for values
    [InlineData("- name: a", "s", "")] // a list
    [InlineData("just text", "s", "")] // a text
    [InlineData("", "s", "")] // nothing
    [InlineData("name:\ndescription: d", "s", "d")] // a key without a value
    public async Task Only_plain_names_and_descriptions_are_taken_from_front_matter(string yaml, string name, string description)
    {
        await using var tools = await StartAsync();
        Shared(tools, "s/SKILL.md", $"---\n{yaml}\n---\nDo it.");

        Assert.Equal($"# {name} (s)\n\n{(description.Length > 0 ? $"{description}\n\n" : "")}Do it.", await tools.TextAsync("recall_skill", new { label = "s" }));
    }

    [Theory]
    [InlineData(3_900)] // as much as is read
    [InlineData(100_000)] // more
    public async Task Front_matter_of_nothing_but_brackets_neither_ends_the_server_nor_keeps_it_busy(int brackets)
    {
        await using var tools = await StartAsync();
        Shared(tools, "s/SKILL.md", $"---\nname: {new string('[', brackets)}\n---\nDo it.");

        Assert.EndsWith("Do it.", await tools.TextAsync("recall_skill", new { label = "s" }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../secret.txt")] // simple traversal
    [InlineData("/etc/passwd")] // absolute
    [InlineData("link.txt")] // a link to the outside
    [InlineData("SKILL.md/..")] // nothing
    public async Task A_skill_gives_away_only_its_own_files(string file)
    {
        await using var tools = await StartAsync();
        Shared(tools, "s/SKILL.md", "x");
        var secret = Path.Combine(tools.Root, "secret.txt");
        await File.WriteAllTextAsync(secret, "SECRET");
        File.CreateSymbolicLink(Path.Combine(tools.Root, "skills", "s", "link.txt"), secret);

        Assert.DoesNotContain("SECRET", await tools.FailAsync("recall_skill", new { label = "s", file }), StringComparison.Ordinal);
        Assert.DoesNotContain("link.txt", await tools.TextAsync("recall_skill", new { label = "s" }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("abc", "abc", 1.0)]
    [InlineData("A-b", "a_b", 1.0)]
    [InlineData("abcd", "bcde", 0.75)]
    [InlineData("abc", "xyz", 0.0)]
    public void Likeness_is_the_share_of_what_they_have_in_common(string a, string b, double expected) => Assert.Equal(expected, Likeness.Of(a, b), 5);

    static async Task<ToolsUnderTest> StartAsync()
    {
        var tools = await ToolsUnderTest.StartAsync();
        tools.Request = tools.Request with
        {
            Skills = [new SkillInfo("csv_summary", "CSV summary", "Sums tables up", "when there is a table", "1. Count."), new SkillInfo("mail", "Mail", "", "for mails", "Be kind.")],
        };
        return tools;
    }

    static void Shared(ToolsUnderTest tools, string path, string text)
    {
        var full = Path.Combine(tools.Root, "skills", path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }
}
