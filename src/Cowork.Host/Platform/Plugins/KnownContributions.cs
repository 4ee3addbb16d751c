using System.Text.Json;
using System.Text.Json.Serialization;
using Cowork.Host.Platform.Files;

namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// Remembers what each build contributed when it was in service, over restarts too, so that users see what a disabled plugin would
/// bring before they enable it; it is not run for the answer. Not thread-safe.
/// </summary>
sealed class KnownContributions(PluginRoots roots)
{
    readonly string _file = Path.Combine(Path.GetDirectoryName(roots.StateFile)!, "plugins-known.json");
    Dictionary<string, KnownBuild>? _builds;

    /// <summary>Takes note of a build in service.</summary>
    public void Learn(PluginGeneration build)
    {
        _builds ??= Read();
        if (_builds.GetValueOrDefault(build.Folder.Path)?.Fingerprint == build.Folder.Fingerprint)
            return;
        _builds[build.Folder.Path] = new(
            build.Folder.Fingerprint,
            [.. build.Contributions.Select(c => new KnownContribution(c.Kind, c.Id, c.Label))],
            [.. (build.Jobs?.Statuses ?? []).Select(j => new KnownJob(j.Id, j.Description, j.Schedule))]);
        Write(new(_builds.Where(b => Directory.Exists(b.Key)).ToDictionary()));
    }

    /// <summary>Adds what the build in a folder contributes, if it ever was in service.</summary>
    public PluginStatus Recall(PluginFolder folder, PluginStatus status)
    {
        _builds ??= Read();
        return _builds.GetValueOrDefault(folder.Path) is { } build && build.Fingerprint == folder.Fingerprint
            ? status with
            {
                Contributions = [.. build.Contributions.Select(c => new Contribution(c.Kind, c.Id, c.Label, Descriptor: c.Label))],
                Jobs = [.. build.Jobs.Select(j => new PluginJobStatus(j.Id, j.Description, j.Schedule, IsRunning: false, null, null, null))],
            }
            : status;
    }

    Dictionary<string, KnownBuild> Read()
    {
        try
        {
            return File.Exists(_file) ? JsonSerializer.Deserialize(File.ReadAllBytes(_file), KnownBuildsJson.Default.KnownBuilds)?.Builds ?? [] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            // Nothing is known, then; it is learned again when the plugins come into service.
            return [];
        }
    }

    void Write(KnownBuilds known)
    {
        try
        {
            AtomicFile.Write(_file, JsonSerializer.SerializeToUtf8Bytes(known, KnownBuildsJson.Default.KnownBuilds));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is known until the server ends. Plugins must not wait for a disk that is full.
        }
    }
}

/// <summary>What is on disk.</summary>
/// <param name="Builds">By the path of the plugin's folder.</param>
sealed record KnownBuilds(Dictionary<string, KnownBuild> Builds);

/// <summary>What a build contributed.</summary>
/// <param name="Fingerprint">Of its folder: another build is not known.</param>
sealed record KnownBuild(string Fingerprint, IReadOnlyList<KnownContribution> Contributions, IReadOnlyList<KnownJob> Jobs);

sealed record KnownContribution(ContributionKind Kind, string Id, string Label);

sealed record KnownJob(string Id, string Description, string Schedule);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(KnownBuilds))]
sealed partial class KnownBuildsJson : JsonSerializerContext;
