namespace Cowork.Abstractions;

/// <summary>
/// What an agent remembers, as text files that users read and edit. An optional ability of a harness: the class that
/// implements <see cref="IHarness"/> implements this too, and the host finds it.
/// </summary>
/// <remarks>
/// There is one memory for everything and one for each project. Calls come from requests, on thread-pool threads, several
/// at once and beside running turns; a write must leave either the old text or the new one, whatever happens.
/// </remarks>
public interface IHarnessMemory
{
    /// <summary>Lists the files of one memory with their text.</summary>
    /// <param name="project">The project, or <c>null</c> for the memory that all projects share. Its folder may be missing.</param>
    /// <param name="ct">Cancelled when the client went away.</param>
    /// <returns>
    /// The files in the order in which users shall see them. Files that every memory has are listed with an empty text while they do
    /// not exist; a file that cannot be read is left out.
    /// </returns>
    Task<IReadOnlyList<MemoryFile>> ListAsync(ProjectInfo? project, CancellationToken ct);

    /// <summary>Replaces the text of a file; creates it where a file of this path may exist.</summary>
    /// <param name="project">The project, or <c>null</c> for the memory that all projects share.</param>
    /// <param name="path">As in <see cref="MemoryFile.Path"/>, but from a client: anything, so check it.</param>
    /// <param name="content">The new text. Saving what <see cref="ListAsync"/> returned must leave the file as it is.</param>
    /// <param name="ct">Cancelled when the client went away.</param>
    /// <returns>A task that ends when the text is on the disk.</returns>
    /// <exception cref="HarnessException">The path is not one of this memory, or the text cannot be kept; clients get code and sentence as 400.</exception>
    Task SaveAsync(ProjectInfo? project, string path, string content, CancellationToken ct);

    /// <summary>Deletes a file. One that every memory has becomes empty, also when it is already.</summary>
    /// <param name="project">The project, or <c>null</c> for the memory that all projects share.</param>
    /// <param name="path">As in <see cref="MemoryFile.Path"/>, but from a client: anything, so check it.</param>
    /// <param name="ct">Cancelled when the client went away.</param>
    /// <returns>A task that ends when the file is gone.</returns>
    /// <exception cref="HarnessException">The path is not one of this memory; clients get code and sentence as 400.</exception>
    Task DeleteAsync(ProjectInfo? project, string path, CancellationToken ct);
}

/// <summary>One file of an agent's memory. Immutable.</summary>
/// <param name="Path">Path inside the memory with <c>/</c>, for example <c>lessons.md</c> or <c>topics/sql.md</c>.</param>
/// <param name="Content">The whole text.</param>
public sealed record MemoryFile(string Path, string Content)
{
    /// <summary>A short name by which clients may address the file instead, for example <c>lesson</c>; <c>null</c> for none.</summary>
    public string? Category { get; init; }
}
