using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Cowork.Host.Features.Projects;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.ProjectFiles;

/// <summary>
/// Folders that are shown as web pages. A token says nothing but which folder it is (the beginning of a hash of its path), so
/// nothing has to be kept: after a restart the folder is found again among those of the projects.
/// </summary>
[FeatureService]
sealed class ProjectPreviews(ProjectFilesService files, ProjectsService projects)
{
    const int TokenLength = 16;

    /// <summary>Folders with no pages in them, and many of them.</summary>
    static readonly string[] NeverPreviewed = [".git", "node_modules", "scratchpad-venvs"];

    static readonly EnumerationOptions AllFolders = new() { AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

    readonly ConcurrentDictionary<string, string> _mounted = new();

    /// <summary>Mounts the folder of a page.</summary>
    /// <exception cref="ApiException">404, 400: no such file; 415: it is no page.</exception>
    public Preview Mount(string project, string path)
    {
        var file = files.Locate(project, path);
        file.Existing();
        if (!Path.GetExtension(file.Name).Equals(".html", StringComparison.OrdinalIgnoreCase))
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "no_preview", "Only .html files have a preview.");
        var folder = Path.GetDirectoryName(SafePath.FollowLinks(file.FullPath))!;
        var token = TokenOf(folder);
        _mounted[token] = folder;
        return new(token, file.Name, $"/projects/preview-asset/{token}/{Uri.EscapeDataString(file.Name)}");
    }

    /// <summary>The folder that a token stands for.</summary>
    /// <exception cref="ApiException">404: none of today's project folders.</exception>
    public string Folder(string token)
    {
        if (_mounted.TryGetValue(token, out var known) && Directory.Exists(known))
            return known;
        var folder = token.Length == TokenLength ? projects.Folders().Where(Directory.Exists).SelectMany(FoldersIn).FirstOrDefault(f => TokenOf(f) == token) : null;
        return folder is null ? throw ApiException.NotFound("preview_not_found", "This preview is no longer there. Open it again.") : _mounted[token] = folder;
    }

    static IEnumerable<string> FoldersIn(string folder)
    {
        var waiting = new Stack<string>([SafePath.FollowLinks(folder)]);
        while (waiting.TryPop(out var next))
        {
            yield return next;
            foreach (var inside in Directory.EnumerateDirectories(next, "*", AllFolders))
                if (!NeverPreviewed.Contains(Path.GetFileName(inside)))
                    waiting.Push(inside);
        }
    }

    static string TokenOf(string folder) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(folder)))[..TokenLength];
}
