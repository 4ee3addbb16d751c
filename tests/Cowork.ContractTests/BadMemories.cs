using System.Collections.Concurrent;
using Cowork.Abstractions;

namespace Cowork.ContractTests;

/// <summary>A memory of one file that works, for others to get one thing wrong.</summary>
abstract class Memory<TSelf> : Harness<TSelf>, IHarnessMemory
    where TSelf : Memory<TSelf>
{
    const string File = "notes.md";

    readonly ConcurrentDictionary<string, string> _texts = new();

    public Task<IReadOnlyList<MemoryFile>> ListAsync(ProjectInfo? project, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<MemoryFile>>([new(File, _texts.GetValueOrDefault(KeyOf(project), ""))]);

    public Task SaveAsync(ProjectInfo? project, string path, string content, CancellationToken ct)
    {
        Check(path);
        _texts[KeyOf(project)] = Kept(content);
        return Task.CompletedTask;
    }

    public Task DeleteAsync(ProjectInfo? project, string path, CancellationToken ct)
    {
        Check(path);
        _texts.TryRemove(KeyOf(project), out _);
        return Task.CompletedTask;
    }

    protected void Remember(ProjectInfo? project, string content) => _texts[KeyOf(project)] = content;

    protected virtual string KeyOf(ProjectInfo? project) => project?.Name ?? "";

    protected virtual string Kept(string content) => content;

    protected virtual void Check(string path)
    {
        if (path != File)
            throw new HarnessException("unknown_memory", "There is no such file in the memory.");
    }
}

sealed class RemembersEverything : Memory<RemembersEverything>;

sealed class AppendsALine : Memory<AppendsALine>
{
    protected override string Kept(string content) => content + "saved\n";
}

sealed class MixesProjects : Memory<MixesProjects>
{
    protected override string KeyOf(ProjectInfo? project) => "all";
}

sealed class TakesAnyPath : Memory<TakesAnyPath>
{
    protected override void Check(string path)
    {
        // Whatever comes.
    }
}
