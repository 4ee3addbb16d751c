using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Tools.Files;

/// <summary>Which files tools may touch: those of the project and, to read, those that the user attached.</summary>
static class ProjectFiles
{
    const string Own = ".anton";
    const string Artifacts = "artifacts";

    // What of the server's folder is meant to be read; beside it are settings, keys and logs.
    static readonly string[] Open = [Artifacts, "anton.md", "memory", "skills", "context"];

    /// <summary>Absolute path of something to read: a path of the project, or an attached file by its name or absolute path.</summary>
    /// <exception cref="ToolException">The path leads out.</exception>
    public static string Readable(ToolContext context, string path)
    {
        if (context.Request.Attachments.LastOrDefault(file => file.Path == path) is { } attached)
            return attached.Path;
        if (context.Request.Attachments.LastOrDefault(file => file.Name == path) is { } named && !IsInProject(context, path))
            return named.Path;
        var full = Resolve(context, path);
        return IsPrivate(Place(context, full))
            ? throw new ToolException($"The folder {Own} is kept by the server. Of it {string.Join(", ", Open)} can be read, without files that hold keys.")
            : full;
    }

    /// <summary>Where a path really is: relative to the project, all links followed.</summary>
    public static string Place(ToolContext context, string full) => Path.GetRelativePath(FollowLinks(context.Project.Directory), FollowLinks(full));

    /// <summary>Whether a place is one that no tool reads: settings, keys and the server's own files. The folder itself is not.</summary>
    public static bool IsPrivate(string place)
    {
        var parts = place.Split(Path.DirectorySeparatorChar);
        var own = Array.FindIndex(parts, part => IsNamed(part, Own));
        if (own < 0 || own == parts.Length - 1)
            return false;
        var below = parts[(own + 1)..];
        return !Array.Exists(Open, name => IsNamed(below[0], name)) || Array.Exists(below, HoldsKeys);
    }

    /// <summary>Whether a place is the server's own folder or below it.</summary>
    public static bool IsOwn(string place) => place.Split(Path.DirectorySeparatorChar).Any(part => IsNamed(part, Own));

    /// <summary>Whether there is a folder of the server's anywhere below one.</summary>
    public static bool HoldsOwn(string folder) => Directory.EnumerateDirectories(
        folder, Own, new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint, MatchCasing = MatchCasing.CaseInsensitive }).Any();

    /// <summary>Opens a file to read it.</summary>
    /// <exception cref="ToolException">It is a pipe, a socket or a device: reading could wait for ever.</exception>
    /// <exception cref="IOException">The system refused.</exception>
    /// <exception cref="UnauthorizedAccessException">The system refused.</exception>
    public static FileStream OpenRead(string path)
    {
        var file = OperatingSystem.IsWindows()
            ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete)
            : new FileStream(UnixFile.OpenRead(path), FileAccess.Read);
        if (file.CanSeek)
            return file;
        file.Dispose();
        throw new ToolException($"“{Path.GetFileName(path)}” is not a regular file, so it cannot be read.");
    }

    /// <summary>All bytes of a file.</summary>
    /// <inheritdoc cref="OpenRead"/>
    public static async Task<byte[]> ReadAllAsync(string path, CancellationToken ct)
    {
        await using var file = OpenRead(path);
        var bytes = new byte[file.Length];
        var length = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, ct);
        return length == bytes.Length ? bytes : bytes[..length];
    }

    /// <summary>Absolute path of something to write or delete.</summary>
    /// <exception cref="ToolException">The path leads out, or to what tools must leave alone.</exception>
    public static string Writable(ToolContext context, string path)
    {
        if (context.Request.Attachments.Any(file => file.Path == path))
            throw new ToolException("Attached files are read only. Write the new text to a file of the project.");
        var full = Resolve(context, path);
        var parts = Path.GetRelativePath(context.Project.Directory, full).Split(Path.DirectorySeparatorChar);
        if (parts is ["."])
            throw new ToolException("This path is the project folder itself. Name a file below it.");
        // Its configuration names programs that git runs, also when it only shows something.
        if (parts.Any(part => IsNamed(part, ".git")))
            throw new ToolException("The folder .git belongs to git. Use run_command with git.");
        if (IsNamed(parts[0], Own) && !(parts.Length > 2 && IsNamed(parts[1], Artifacts)))
            throw new ToolException($"The folder {Own} is kept by the server; only files of artifacts below {Own}/{Artifacts}/ may be changed. Use memorize for memory.");
        if (IsNamed(parts[0], Own) && parts.Length == 4 && IsNamed(parts[3], "metadata.json"))
            throw new ToolException("metadata.json is kept by the server. Use update_artifact.");
        RefuseLinks(context.Project.Directory, parts);
        return full;
    }

    /// <summary>Whether a path lies in the folder of the project's artifacts.</summary>
    public static bool IsArtifact(ToolContext context, string full) =>
        Path.GetRelativePath(context.Project.Directory, full).Split(Path.DirectorySeparatorChar) is [Own, Artifacts, _, ..];

    /// <summary>How to name a path to the model: relative to the project, with <c>/</c>.</summary>
    public static string Display(ToolContext context, string full)
    {
        var relative = Path.GetRelativePath(context.Project.Directory, full);
        return relative.StartsWith("..", StringComparison.Ordinal) ? Path.GetFileName(full) : relative.Replace('\\', '/');
    }

    /// <summary>Does something with a file and puts what the disk says against it into a sentence.</summary>
    public static async Task<ToolOutcome> TryAsync(string path, Func<Task<ToolOutcome>> action)
    {
        try
        {
            return await action();
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ToolException($"There is no “{path}”. Use list_files to see what is there.");
        }
        catch (UnauthorizedAccessException)
        {
            throw new ToolException($"“{path}” is protected: the server's user may not do this.");
        }
        catch (IOException e)
        {
            throw new ToolException($"“{path}” could not be used, because the system refused: {e.GetType().Name} {e.HResult:x}. It may be open elsewhere, or the disk may be full.");
        }
    }

    static string Resolve(ToolContext context, string path)
    {
        if (path.Trim().Length == 0)
            throw new ToolException("The path is empty. Name a path relative to the project folder.");
        if (path == "~" || path.StartsWith("~/", StringComparison.Ordinal) || path.Contains('\0', StringComparison.Ordinal))
            throw Outside(path);
        string full;
        try
        {
            full = context.Services.ResolveProjectPath(path);
        }
        catch (HarnessException)
        {
            throw Outside(path);
        }

        // The host reads an absolute path of another place as one below the project; nobody means that.
        if (IsAbsolute(path) && !string.Equals(full, Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)), PathComparison))
            throw Outside(path);
        return Path.TrimEndingDirectorySeparator(full);
    }

    static bool IsInProject(ToolContext context, string path)
    {
        try
        {
            return Path.Exists(Resolve(context, path));
        }
        catch (ToolException)
        {
            return false;
        }
    }

    static bool IsAbsolute(string path) =>
        Path.IsPathRooted(path) || path[0] == '\\' || (path.Length > 1 && path[1] == ':' && char.IsAsciiLetter(path[0]));

    static bool HoldsKeys(string name) => IsNamed(name, ".env") || name.StartsWith(".env.", StringComparison.OrdinalIgnoreCase) || IsNamed(name, "mcp.json");

    static string FollowLinks(string full, int most = 40)
    {
        if (Path.GetDirectoryName(full) is not { } parent)
            return full;
        parent = FollowLinks(parent, most);
        var at = Path.Combine(parent, Path.GetFileName(full));
        return most > 0 && new FileInfo(at).LinkTarget is { } target ? FollowLinks(Path.GetFullPath(target, parent), most - 1) : at;
    }

    /// <summary>Case, and the dots and blanks that Windows drops, do not make another name everywhere.</summary>
    static bool IsNamed(string part, string name) => part.TrimEnd('.', ' ').Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whatever a link points at has a name of its own; under that one it is checked.</summary>
    static void RefuseLinks(string root, string[] parts)
    {
        var full = root;
        foreach (var part in parts)
        {
            full = Path.Combine(full, part);
            if (new FileInfo(full).LinkTarget is not null)
                throw new ToolException($"“{part}” is a link to another place. Use the path that it points to.");
        }
    }

    static ToolException Outside(string path) =>
        new($"The path “{path.ReplaceLineEndings(" ").Replace('\0', ' ')}” leads out of the project. Only files below the project folder and attached files can be used.");

    static StringComparison PathComparison =>
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
}
