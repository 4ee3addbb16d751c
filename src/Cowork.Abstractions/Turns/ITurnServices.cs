namespace Cowork.Abstractions;

/// <summary>What the host does for a harness during one turn. Thread-safe; not to be used after the run has ended.</summary>
public interface ITurnServices
{
    /// <summary>Absolute path of an empty folder for this turn alone; created on first use and deleted when the run has ended.</summary>
    string TempDirectory { get; }

    /// <summary>
    /// Resolves a path that a model or a user named against the project folder and checks that it stays inside, links
    /// resolved. Use it for every path that is not the plugin's own.
    /// </summary>
    /// <param name="path">A relative path with <c>/</c> or <c>\</c>, or an absolute path inside the project folder.</param>
    /// <returns>The absolute path; the file need not exist.</returns>
    /// <exception cref="HarnessException">The path leads out of the project or is malformed; code <c>unsafe_path</c>.</exception>
    string ResolveProjectPath(string path);
}
