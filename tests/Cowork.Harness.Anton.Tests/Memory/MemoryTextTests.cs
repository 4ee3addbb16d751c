using Cowork.Harness.Anton.Memory;
using CsCheck;

namespace Cowork.Harness.Anton.Tests.Memory;

public sealed class MemoryTextTests
{
    static readonly DateOnly Day = new(2026, 11, 22);

    static readonly Gen<string> Texts = Gen.OneOf(
        "\n", "\r\n", "# Rules\n", "## Always\n", "## always \n", "## Never\n", "## When\r\n", "- mine\n", "- mine <!-- confidence:high source:user ts:2026-01-01 -->\n", "  more\n", "My own words.\n",
        "## Mine\n", "<!-- a\n", "-->\n", "```\n", "\ufeff", "- Name: Ana\n", "ü日🙂", " ", "### deeper\n").Array[0, 12].Select(string.Concat);

    static readonly Gen<string> Words = Gen.OneOf("use", "EUR", "Name:", "Jorge", "\n", "<!--", "-->", "## Never", "- x", "ü").Array[1, 6].Select(words => string.Join(' ', words));

    [Fact]
    public void Nothing_that_a_person_wrote_is_changed_or_lost()
    {
        Gen.Select(Texts, Words, Gen.Int[0, 4]).Sample((old, words, kind) =>
        {
            if (MemoryText.OneLine(words).Length == 0)
                return;
            var changed = Change(old, words, kind);
            if (changed is null)
                return;

            // What was added is one piece; without it the old text is there, byte for byte.
            var before = 0;
            while (before < old.Length && changed[before] == old[before])
                before++;
            var after = 0;
            while (after < old.Length - before && changed[^(after + 1)] == old[^(after + 1)])
                after++;
            Assert.Equal(old.Length, before + after);
        }, iter: 20_000);
    }

    [Fact]
    public void What_was_added_is_known_the_next_time()
    {
        Gen.Select(Texts, Words, Gen.Int[0, 4]).Sample((old, words, kind) =>
        {
            if (MemoryText.OneLine(words).Length > 0 && Change(old, words, kind) is { } changed)
                Assert.Null(Change(changed, words, kind));
        }, iter: 20_000);
    }

    [Fact]
    public void A_new_rules_file_has_the_three_sections_in_their_form()
    {
        var text = MemoryText.WithRule("", "Always", "Answer in metric units", Day)!;
        text = MemoryText.WithRule(text, "When", "If money, use EUR", Day)!;
        text = MemoryText.WithRule(text, "Always", "Be brief", Day)!;

        Assert.Equal(
            """
            # Rules

            ## Always
            - Answer in metric units <!-- confidence:high source:user ts:2026-11-22 -->
            - Be brief <!-- confidence:high source:user ts:2026-11-22 -->

            ## Never

            ## When
            - If money, use EUR <!-- confidence:high source:user ts:2026-11-22 -->

            """,
            text);
    }

    [Theory]
    [InlineData("## Always\n- a\n  more\n\nMy words.\n\n## Never\n", "## Always\n- a\n  more\n- NEW\n\nMy words.\n\n## Never\n")] // behind the last rule, before a person's words
    [InlineData("## Always\nMy words.\n\n## Never\n", "## Always\nMy words.\n- NEW\n\n## Never\n")] // never above words, which would become part of it
    [InlineData("## Never\n- a", "## Never\n- a\n\n## Always\n- NEW\n")] // a section that is missing
    [InlineData("<!--\n## Always\n-->\n## Always\n## Never\n", "<!--\n## Always\n-->\n## Always\n- NEW\n## Never\n")] // a heading in a comment is none
    [InlineData("```\n## Always\n```\n", "```\n## Always\n```\n\n## Always\n- NEW\n")] // nor one in a code block
    [InlineData("\ufeff## Always\r\n- a\r\n", "\ufeff## Always\r\n- a\r\n- NEW\r\n")] // byte order mark and line ends stay
    [InlineData("## Always\n- a", "## Always\n- a\n- NEW\n")] // no newline at the end
    public void A_rule_goes_where_it_belongs(string old, string expected) =>
        Assert.Equal(expected.Replace("NEW", "new <!-- confidence:high source:user ts:2026-11-22 -->", StringComparison.Ordinal), MemoryText.WithRule(old, "Always", "new", Day));

    [Fact]
    public void Lessons_are_appended_with_their_topic_if_they_have_one()
    {
        var text = MemoryText.WithLesson("", "# Lessons", "The fiscal year starts in April", "Finance & Tax", Day)!;
        text = MemoryText.WithLesson(text, "# Lessons", "Two\nlines", null, Day)!;

        Assert.Equal("# Lessons\n- The fiscal year starts in April <!-- topic:finance-tax ts:2026-11-22 -->\n- Two lines <!-- ts:2026-11-22 -->\n", text);
        Assert.Null(MemoryText.WithLesson(text, "# Lessons", "Two lines", "other", Day));
    }

    [Fact]
    public void The_newest_of_facts_with_the_same_key_counts_and_the_older_one_stays()
    {
        var text = MemoryText.WithFact("", "Name: Jorge")!;
        text = MemoryText.WithFact(text, "Likes tea")!;
        text = MemoryText.WithFact(text, "name: Ana")!;

        Assert.Equal("# Profile\n\n- Name: Jorge\n- name: Ana\n- Likes tea\n", text);
        Assert.Null(MemoryText.WithFact(text, "Likes tea"));
        Assert.NotNull(MemoryText.WithFact(text, "Name: Jorge"));
        Assert.Equal(["- name: Ana", "- Likes tea"], MemoryText.NewestFacts(["- Name: Jorge", "- name: Ana", "- Likes tea"]));
    }

    [Fact]
    public void A_file_whose_end_is_hidden_takes_nothing()
    {
        Assert.Throws<FormatException>(() => MemoryText.WithRule("## Always\n<!-- open\n", "Always", "x", Day));
        Assert.Throws<FormatException>(() => MemoryText.WithLesson("```\n", "# Lessons", "x", null, Day));
        Assert.Throws<FormatException>(() => MemoryText.WithFact("<!--", "x"));
    }

    static string? Change(string old, string words, int kind)
    {
        try
        {
            return kind switch
            {
                0 => MemoryText.WithRule(old, "Always", words, Day),
                1 => MemoryText.WithRule(old, "Never", words, Day),
                2 => MemoryText.WithRule(old, "When", words, Day),
                3 => MemoryText.WithLesson(old, "# Lessons", words, "t", Day),
                _ => MemoryText.WithFact(old, words),
            };
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
