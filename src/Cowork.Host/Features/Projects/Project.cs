using System.ComponentModel.DataAnnotations.Schema;

namespace Cowork.Host.Features.Projects;

/// <summary>A name, a folder and whether it is the one that the user works in.</summary>
[Table("projects")]
sealed class Project
{
    /// <summary>The default project: always there, never renamed or deleted.</summary>
    public static readonly Guid GeneralId = new("00000000-0000-0000-0000-000000000001");
    public const string GeneralName = "general";

    public Guid Id { get; init; }
    public required string Name { get; set; }
    public required string Path { get; set; }
    public bool IsActive { get; set; }
    public DateTime CreatedAt { get; init; }
    public DateTime ModifiedAt { get; set; }
}
