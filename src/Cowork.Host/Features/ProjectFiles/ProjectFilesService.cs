using System.Text;
using Cowork.Host.Features.Projects;
using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.ProjectFiles;

/// <summary>The files in projects' folders, as people and clients read and write them.</summary>
[FeatureService]
sealed class ProjectFilesService(ProjectsService projects)
{
    /// <summary>As much as an editor in a client should hold.</summary>
    const int LargestText = 2 * 1024 * 1024;

    static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>A project's folder.</summary>
    /// <exception cref="ApiException">404: no such project, or its folder is gone.</exception>
    public string Root(string project)
    {
        if (projects.FolderOf(project) is not { } folder)
            throw ApiException.NotFound("project_not_found", $"There is no project called '{project}'.");
        return Directory.Exists(folder) ? folder : throw ApiException.NotFound("project_folder_missing", $"The folder of the project '{project}' is gone.");
    }

    /// <exception cref="ApiException">404: no such project; 400: the path leads out of it.</exception>
    public ProjectFile Locate(string project, string path) => ProjectFile.At(Root(project), path);

    /// <summary>The exact text of a file.</summary>
    /// <exception cref="ApiException">404, 400: no such file; 413: too long; 415: not UTF-8.</exception>
    public FileText Read(string project, string path)
    {
        var file = Locate(project, path);
        if (file.IsInstructions && file.Find() is null)
            return new(file.Path, "", 0, null);
        var found = file.Existing();
        if (found.Length > LargestText)
            throw ApiException.TooLarge($"'{file.Path}' is too large to be read as text (limit {LargestText / 1024 / 1024} MiB). Download it instead.");
        var bytes = File.ReadAllBytes(file.FullPath);
        try
        {
            return new(file.Path, StrictUtf8.GetString(bytes), bytes.Length, ProjectFile.UnixTime(found.LastWriteTimeUtc));
        }
        catch (DecoderFallbackException)
        {
            throw new ApiException(StatusCodes.Status415UnsupportedMediaType, "not_text", $"'{file.Path}' is not valid UTF-8 text. Download it instead.");
        }
    }

    /// <exception cref="ApiException">400: a folder; 413: too long.</exception>
    public FileWritten Write(string project, string path, string content)
    {
        var file = Locate(project, path);
        if (file.Find() is null && !SafePath.IsPortable(file.Path))
            throw ApiException.BadRequest("invalid_path", $"'{file.Path}' cannot be the name of a new file: some systems keep such names for themselves.");
        if (Encoding.UTF8.GetByteCount(content) > LargestText)
            throw ApiException.TooLarge($"The text is too large (limit {LargestText / 1024 / 1024} MiB). Upload it as a file instead.");
        var target = SafePath.FollowLinks(file.FullPath);
        Guarded(file.Path, () => AtomicFile.Write(target, Encoding.UTF8.GetBytes(content)));
        var written = new FileInfo(target);
        return new(file.Path, written.Length, ProjectFile.UnixTime(written.LastWriteTimeUtc));
    }

    /// <exception cref="ApiException">404: no such file; 400: a folder.</exception>
    public FileDeleted Delete(string project, string path)
    {
        var file = Locate(project, path);
        file.Existing();
        File.Delete(file.FullPath);
        return new("deleted", file.Path);
    }

    static void Guarded(string path, Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (IsUnusablePath(e))
        {
            throw ApiException.BadRequest("invalid_path", $"A file cannot be made at '{path}': the name is too long, or something on the way is no folder.");
        }
    }

    /// <summary>Whether the path is to blame, not the disk.</summary>
    public static bool IsUnusablePath(Exception e)
    {
        const int NotADirectory = 20, FileExists = 17, NameTooLong = 36, NameTooLongOnMac = 63;
        return e is PathTooLongException or DirectoryNotFoundException or NotSupportedException or ArgumentException
            || (e is IOException && e.HResult is NotADirectory or FileExists or NameTooLong or NameTooLongOnMac);
    }
}
