using System.Text.Json.Serialization;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Platform.Backup;

/// <summary>What a backup holds, and where each part lies in the archive and on this machine.</summary>
static class BackupLayout
{
    public const int Format = 1;
    public const string Manifest = "manifest.json";
    public const string Database = "cowork.db";
    public const string MasterKey = "master_key";

    /// <summary>The env file that older clients keep; only archives of machines that had one hold it.</summary>
    public const string LegacyEnv = "legacy.env";

    /// <summary>The folders; archive name first.</summary>
    public static IReadOnlyList<(string Name, string Path)> Folders(ServerOptions options) =>
    [
        ("projects", options.ProjectsRoot),
        ("files", options.FilesRoot),
        ("vault", options.VaultRoot),
        ("memory", options.MemoryRoot),
        ("skills", options.SkillsRoot),
        ("hermes", options.HermesRoot),
        ("plugin-data", Path.Combine(options.DataRoot, "plugin-data")),
    ];

    /// <summary>Can be made again, and is large: environments of Python, packages of Node.</summary>
    public static bool IsSkipped(string folderName) => folderName is "scratchpad-venvs" or "node_modules" or "__pycache__";
}

/// <summary>Written first, so that a reader knows what it has before it reads the rest.</summary>
/// <param name="Format">The version of the layout.</param>
/// <param name="Server">The server's version.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="ProjectsRoot">Where projects lay: the database names their absolute paths.</param>
/// <param name="FilesRoot">Where uploads lay.</param>
sealed record BackupManifest(int Format, string Server, DateTimeOffset CreatedAt, string ProjectsRoot, string FilesRoot);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(BackupManifest))]
sealed partial class BackupJson : JsonSerializerContext;

/// <summary>What was done, for the user.</summary>
/// <param name="Files">How many files.</param>
/// <param name="Bytes">How large together.</param>
/// <param name="Remarks">Sentences about what was left out, or where the old data is.</param>
sealed record BackupReport(int Files, long Bytes, IReadOnlyList<string> Remarks);
