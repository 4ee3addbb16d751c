namespace Cowork.Host.Features.Artifacts;

/// <summary>The content of all artifacts of a project at one moment, told apart by size and time.</summary>
sealed class ArtifactSnapshot
{
    const int MostArtifacts = 500;
    readonly Dictionary<string, Dictionary<string, (long Size, DateTimeOffset ModifiedAt)>> _folders = [];
    readonly HashSet<string> _artifacts = [];

    /// <summary>Costs one look when the project has no artifacts.</summary>
    public static ArtifactSnapshot Take(string projectPath)
    {
        var snapshot = new ArtifactSnapshot();
        foreach (var folder in ArtifactLayout.Folders(projectPath).Take(MostArtifacts))
        {
            snapshot._folders[folder.Name] = ArtifactLayout.Content(folder.FullName).ToDictionary(f => f.Path, f => (f.Size, f.ModifiedAt));
            if (File.Exists(Path.Combine(folder.FullName, ArtifactLayout.Metadata)))
                snapshot._artifacts.Add(folder.Name);
        }

        return snapshot;
    }

    /// <summary>Whether a folder had metadata.</summary>
    public bool IsArtifact(string slug) => _artifacts.Contains(slug);

    /// <summary>The artifacts of a later moment whose files are not as they were, each with the files that came, changed or went.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> ChangesUntil(ArtifactSnapshot later)
    {
        var changes = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var slug in later._artifacts)
        {
            var (before, after) = (_folders.GetValueOrDefault(slug) ?? [], later._folders[slug]);
            var touched = after.Where(f => !before.TryGetValue(f.Key, out var known) || known != f.Value).Select(f => f.Key)
                .Concat(before.Keys.Where(path => !after.ContainsKey(path)))
                .Order(StringComparer.Ordinal).ToList();
            if (touched.Count > 0 || !_artifacts.Contains(slug))
                changes.Add(slug, touched);
        }

        return changes;
    }
}
