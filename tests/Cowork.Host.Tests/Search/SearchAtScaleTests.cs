using System.Diagnostics;
using System.Globalization;
using Cowork.Host.Features.Search;
using Cowork.Host.Platform.Data;

namespace Cowork.Host.Tests.Search;

/// <summary>No rule, a measurement; ask for it with <c>--explicit only</c>.</summary>
public class SearchAtScaleTests(ITestOutputHelper output)
{
    const int Conversations = 5_000;
    const int MessagesEach = 20;
    static readonly string[] Vocabulary = [.. Enumerable.Range(0, 20_000).Select(Word)];

    [Fact(Explicit = true)]
    public async Task A_hundred_thousand_messages_are_searched()
    {
        await using var host = await HostUnderTest.StartAsync();
        var clock = Stopwatch.StartNew();
        await SeedAsync(host.Get<Database>());
        output.WriteLine($"seeded in {clock.ElapsedMilliseconds} ms");
        clock.Restart();
        await host.Get<SearchQueue>().CatchUp();
        output.WriteLine($"indexed in {clock.ElapsedMilliseconds} ms; database {new FileInfo(Path.Combine(host.Home, ".cowork", "cowork.db")).Length >> 20} MiB");
        foreach (var (name, query) in Queries())
            await MeasureAsync(host, name, query);
    }

    static IEnumerable<(string Name, Func<int, string> Query)> Queries() =>
    [
        ("a common word", i => Vocabulary[i % 5]),
        ("a usual word", i => Vocabulary[100 + i]),
        ("a rare word", i => Vocabulary[15_000 + i]),
        ("two usual words", i => $"{Vocabulary[50 + i]} {Vocabulary[200 + i]}"),
        ("an unfinished word", i => Vocabulary[300 + i][..4]),
        ("three letters", i => Vocabulary[300 + i][..3]),
        ("two letters", i => Vocabulary[300 + i][..2]),
        ("a picture", _ => "🚀"),
        ("no such word", i => $"zzqx{i}"),
        ("the project of all", _ => "general"),
    ];

    async Task MeasureAsync(HostUnderTest host, string name, Func<int, string> query)
    {
        const int Warm = 20;
        const int Runs = 200;
        var times = new List<double>();
        var cpu = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < Warm + Runs; i++)
        {
            var from = Stopwatch.GetTimestamp();
            await host.Http.GetStringAsync($"search?q={Uri.EscapeDataString(query(i % Runs))}", TestContext.Current.CancellationToken);
            if (i >= Warm)
                times.Add(Stopwatch.GetElapsedTime(from).TotalMilliseconds);
        }

        times.Sort();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-20} p50 {times[Runs / 2]:0.0} ms  p99 {times[Runs * 99 / 100]:0.0} ms  processor {(Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / (Warm + Runs):0.0} ms"));
    }

    static Task SeedAsync(Database database)
    {
        var random = new Random(42);
        return database.WriteAsync(w =>
        {
            for (var c = 0; c < Conversations; c++)
            {
                var conversation = new Guid(c + 1, 0, 0, new byte[8]);
                w.Execute("INSERT INTO conversations (id, topic, project_id) VALUES (?1, ?2, '00000000000000000000000000000001')", conversation, Sentence(random, 6));
                for (var m = 0; m < MessagesEach; m++)
                    w.Execute(
                        "INSERT INTO messages (id, conversation_id, role, content, position) VALUES (?1, ?2, ?3, ?4, ?5)",
                        new Guid(c + 1, (short)(m + 1), 0, new byte[8]), conversation, m % 2 == 0 ? "user" : "assistant", $"\"{Sentence(random, m % 2 == 0 ? 20 : 120)}{(m == 7 && c % 10 == 0 ? " größer 🚀" : "")}\"", m);
            }
        });
    }

    /// <summary>Few words often, many seldom, as in speech.</summary>
    static string Sentence(Random random, int words) =>
        string.Join(' ', Enumerable.Range(0, words).Select(_ => Vocabulary[(int)Math.Min(Vocabulary.Length - 1, Math.Pow(Vocabulary.Length, random.NextDouble()) - 1)]));

    static string Word(int index)
    {
        string[] parts = ["ka", "lo", "mi", "ru", "ste", "ban", "dor", "fel", "gri", "hum", "jol", "nep", "pra", "qui", "sol", "tam", "ven", "wex", "yar", "zin"];
        return $"{parts[index % 20]}{parts[index / 20 % 20]}{parts[index / 400 % 20]}{parts[index / 8000 % 20]}";
    }
}
