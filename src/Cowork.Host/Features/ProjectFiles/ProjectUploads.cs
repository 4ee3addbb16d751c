using Cowork.Host.Platform.Files;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.ProjectFiles;

/// <summary>Receives files into a project's folder; each on its own, so one that is refused spoils no other.</summary>
[FeatureService]
sealed partial class ProjectUploads(ProjectFilesService files, ILogger<ProjectUploads> log)
{
    const string Field = "files";

    /// <exception cref="ApiException">404: no such project; 422: no files, or the body is broken.</exception>
    public async Task<UploadResults> ReceiveAsync(string project, HttpRequest request, CancellationToken ct)
    {
        var root = files.Root(project);
        var results = new List<UploadResult>();
        await foreach (var part in MultipartUploads.ReadAsync(request, ct: ct))
            if (part.Name == Field && part.FileName is not null)
                results.Add(await ReceiveAsync(root, part, ct));
        return results is [] ? throw ApiException.Invalid(Field, "Send at least one file in the field 'files'.") : new(results);
    }

    async Task<UploadResult> ReceiveAsync(string root, UploadPart part, CancellationToken ct)
    {
        if (SafePath.BaseName(part.FileName) is not { } name)
            return Refused("", "The file has no name.");
        if (name.StartsWith('.'))
            return Refused(name, "Names that begin with a dot are hidden and cannot be uploaded.");
        if (!SafePath.TryResolve(root, name, out var path))
            return Refused(name, "There is a link of this name that leads out of the project.");
        if (!Path.Exists(path) && !SafePath.IsPortable(name))
            return Refused(name, "The name cannot be used for a file: some systems keep such names for themselves.");
        if (Directory.Exists(path))
            return Refused(name, "There is a folder of this name.");
        try
        {
            return new(name, true) { Size = await AtomicFile.WriteAsync(SafePath.FollowLinks(path), part.Body, ct) };
        }
        catch (ApiException e) when (e.Status == StatusCodes.Status413PayloadTooLarge)
        {
            return Refused(name, e.Message);
        }
        catch (Exception e) when (ProjectFilesService.IsUnusablePath(e))
        {
            return Refused(name, "The name cannot be used for a file. It may be too long.");
        }
        catch (Exception e) when (e is (IOException and not BadHttpRequestException) or UnauthorizedAccessException)
        {
            FileNotKept(log, e, name);
            return Refused(name, "The file could not be written. See that there is free space and that the project's folder can be written to.");
        }
    }

    static UploadResult Refused(string name, string error) => new(name, false) { Error = error };

    [LoggerMessage(LogLevel.Warning, "The uploaded file {Name} could not be written")]
    static partial void FileNotKept(ILogger log, Exception e, string name);
}
