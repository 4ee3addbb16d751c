namespace Cowork.Abstractions;

/// <summary>
/// Results that the agent made for the user: each a folder in the project with files, a <c>metadata.json</c> and a <c>README.md</c>, which
/// the host writes. Thread-safe.
/// </summary>
public interface IProjectArtifacts
{
    /// <summary>Makes the folder of a new artifact.</summary>
    /// <param name="artifact">What it shall be.</param>
    /// <param name="ct">The turn's token.</param>
    /// <returns>The artifact, without files; its slug is made from the name and is free.</returns>
    /// <exception cref="HarnessException">Name, type or primary file cannot be used; code <c>invalid_artifact</c>.</exception>
    Task<ArtifactInfo> CreateAsync(NewArtifact artifact, CancellationToken ct);

    /// <summary>All artifacts of the project as they are on the disk now.</summary>
    /// <param name="ct">The turn's token.</param>
    /// <returns>Newest first, with their files.</returns>
    Task<IReadOnlyList<ArtifactInfo>> ListAsync(CancellationToken ct);

    /// <summary>One artifact as it is on the disk now.</summary>
    /// <param name="slug">Its folder's name; from a model: anything, so it is checked.</param>
    /// <param name="ct">The turn's token.</param>
    /// <returns>The artifact with its files, or <c>null</c> when there is none.</returns>
    Task<ArtifactInfo?> FindAsync(string slug, CancellationToken ct);

    /// <summary>Changes what is said about an artifact.</summary>
    /// <param name="slug">Its folder's name.</param>
    /// <param name="change">What changes.</param>
    /// <param name="ct">The turn's token.</param>
    /// <returns>The artifact after the change.</returns>
    /// <exception cref="HarnessException">There is none with this slug, or a value cannot be used; code <c>invalid_artifact</c>.</exception>
    Task<ArtifactInfo> UpdateAsync(string slug, ArtifactChange change, CancellationToken ct);
}

/// <summary>What a new artifact shall be. Immutable.</summary>
/// <param name="Name">Name for people.</param>
/// <param name="Description">What it shows or does; may be empty.</param>
/// <param name="Type">One of <c>html-app</c>, <c>document</c>, <c>dataset</c>, <c>image</c>, <c>mixed</c>, <c>fullstack-stateless-app</c>, <c>fullstack-stateful-app</c>.</param>
/// <param name="Primary">The file to open first, relative to the artifact's folder; <c>null</c> to let the host find it.</param>
public sealed record NewArtifact(string Name, string Description, string Type, string? Primary);

/// <summary>Changes of an artifact; <c>null</c> leaves a value as it is. Immutable.</summary>
public sealed record ArtifactChange
{
    /// <summary>The file to open first; empty for none.</summary>
    public string? Primary { get; init; }

    /// <summary>The port on which its backend listens.</summary>
    public int? Port { get; init; }

    /// <summary>A new description.</summary>
    public string? Description { get; init; }
}

/// <summary>An artifact. Immutable.</summary>
/// <param name="Id">8 hex digits.</param>
/// <param name="Slug">Its folder's name.</param>
/// <param name="Name">Name for people.</param>
/// <param name="Type">As in <see cref="NewArtifact"/>.</param>
/// <param name="Directory">Absolute path of its folder.</param>
public sealed record ArtifactInfo(string Id, string Slug, string Name, string Type, string Directory)
{
    /// <summary>What it shows or does.</summary>
    public string Description { get; init; } = "";

    /// <summary>The file to open first as the metadata says, or <c>null</c>.</summary>
    public string? Primary { get; init; }

    /// <summary>The port of its backend, or <c>null</c>.</summary>
    public int? Port { get; init; }

    /// <summary>When it last changed, UTC.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Its files without the ones that the host keeps, newest first.</summary>
    public IReadOnlyList<ArtifactFile> Files { get; init; } = [];
}

/// <summary>A file of an artifact.</summary>
/// <param name="Path">Path below the artifact's folder, with <c>/</c>.</param>
/// <param name="Size">Size in bytes.</param>
public sealed record ArtifactFile(string Path, long Size);
