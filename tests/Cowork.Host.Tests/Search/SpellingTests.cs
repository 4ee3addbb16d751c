namespace Cowork.Host.Tests.Search;

/// <summary>Words are found however they are written, and so are pictures.</summary>
public class SpellingTests
{
    [Theory]
    [InlineData("muller", "Herr Müller kam später", "accents are left out")]
    [InlineData("MÜLLER", "herr müller kam", "case is left out, also of other letters than English ones")]
    [InlineData("東京", "昨日、東京タワーを見ました", "a part of a text without spaces")]
    [InlineData("京タ", "昨日、東京タワーを見ました", "and across what is a word for a reader")]
    [InlineData("สวัสดี", "เขาพูดว่าสวัสดีครับ", "Thai has no spaces either")]
    [InlineData("kangar", "two kangaroos and a wallaby", "the last word may be unfinished")]
    [InlineData("wallaby two", "two kangaroos and a wallaby", "in any order")]
    [InlineData("Łódź", "pociąg do Lodz", "letters with strokes")]
    [InlineData("lodz", "pociąg do miasta Łódź", "and the other way round")]
    [InlineData("strasse", "in der Langen Straße 5", "the German s")]
    [InlineData("straße", "in der Langen Strasse 5", "and the other way round")]
    [InlineData("GROẞE", "eine grosse Sache", "as a capital, too")]
    [InlineData("oeuvre", "son œuvre complète", "letters that are two")]
    [InlineData("office", "in the o\uFB03ce", "ligatures of print")]
    [InlineData("harbour 2", "\uFF28\uFF41\uFF52\uFF42\uFF4F\uFF55\uFF52\u3000\uFF12", "letters and digits as wide as Chinese ones")]
    [InlineData("🚀", "the plan is ready 🚀", "a picture")]
    [InlineData("rocket plan 🚀", "a plan for the🚀rocket", "a picture and words")]
    [InlineData("👍", "well done 👍🏽!", "whatever its colour")]
    [InlineData("👍🏿", "well done 👍", "in both directions")]
    [InlineData("❤️", "with \u2764 from Ada", "with and without the sign that makes it colourful")]
    [InlineData("🇯🇵", "to 🇯🇵 and back", "flags are made of two")]
    [InlineData("👩‍🚀", "she is one: 👩‍🚀", "others of more")]
    public async Task Words_are_found_in_messages_however_they_are_written(string query, string text, string because)
    {
        await using var host = await HostUnderTest.StartAsync();
        await host.SayAsync("Talk", "question", text);

        Assert.True((await host.SearchAsync(query)).Count == 1, because);
    }

    [Fact]
    public async Task A_picture_is_found_where_it_stands_and_nowhere_else()
    {
        await using var host = await HostUnderTest.StartAsync();
        await host.SayAsync("launch", "q", $"{string.Concat(Enumerable.Repeat("long ago ", 20))}the ＰＬＡＮ 🚀 for the große Straße");
        await host.SayAsync("party", "q", "a plan 🎉 for the garden");
        await host.SayAsync("🚀 in a title");

        Assert.Equal(["🚀 in a title", "launch"], (await host.SearchAsync("🚀")).Select(h => (string?)h["title"]));
        Assert.Equal(["launch"], (await host.SearchAsync("rocket 🚀 strasse")).Take(1).Select(h => (string?)h["title"]));
        // Shown is what was written.
        Assert.EndsWith("the ＰＬＡＮ 🚀 for the große Straße", (string?)(await host.SearchAsync("strasse")).Single()["snippet"], StringComparison.Ordinal);
        Assert.Empty(await host.SearchAsync("🥑"));
    }

    [Fact]
    public async Task Titles_are_found_however_their_letters_are_written()
    {
        await using var host = await HostUnderTest.StartAsync();
        await host.SayAsync("Große Straße");
        await host.SayAsync("eine grosse Sache");

        Assert.Equal(2, (await host.SearchAsync("grosse")).Count);
        Assert.Equal(2, (await host.SearchAsync("große")).Count);
    }

    [Fact]
    public async Task What_an_earlier_version_indexed_is_indexed_anew_after_a_start()
    {
        await using var host = await HostUnderTest.StartAsync();
        await host.SayAsync("Große Straße", "q", "a quokka 🚀");
        host.WriteFile("notes.md", "an avocado 🥑");
        await host.UntilAsync(async () => (await host.SearchAsync("avocado")).Count == 1 && (await host.SearchAsync("quokka")).Count == 1);
        // As an earlier version left it.
        await host.SqlAsync("INSERT OR REPLACE INTO search_texts_fts (rowid, text) SELECT id, CASE kind WHEN 'file' THEN 'an avocado 🥑' ELSE 'a quokka 🚀' END FROM search_texts");
        await host.SqlAsync("INSERT OR REPLACE INTO search_names_fts (rowid, name) SELECT id, 'große straße' FROM search_names WHERE kind = 'task'");
        await host.SqlAsync("UPDATE search_names SET name = 'große straße' WHERE kind = 'task'");
        await host.SqlAsync("DELETE FROM __EFMigrationsHistory WHERE MigrationId LIKE '%_SearchedSigns'");
        Assert.Empty(await host.SearchAsync("🚀"));

        await host.RestartAsync();

        foreach (var query in (string[])["🚀", "🥑", "strasse"])
            await host.UntilAsync(async () => (await host.SearchAsync(query)).Count == 1);
    }
}
