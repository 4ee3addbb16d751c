using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Projects;

/// <summary>Which project a request means.</summary>
static class ProjectLookup
{
    /// <summary>The project by its id, else by its name, else the default one.</summary>
    /// <exception cref="ApiException">404: no such project; 422: the id is no UUID.</exception>
    public static Guid Choose(PreparedStatements statements, string? id, string? name)
    {
        if (!string.IsNullOrEmpty(id))
            return RouteId.Parse(id, "project_id") is var wanted && statements.Scalar("SELECT 1 FROM projects WHERE id = ?1", wanted) is not null ? wanted : throw Missing();
        if (string.IsNullOrEmpty(name))
            return Project.GeneralId;
        return statements.Scalar("SELECT id FROM projects WHERE name = ?1 LIMIT 1", name) is string found
            ? Encodings.ToId(found)
            : throw ApiException.NotFound("project_not_found", $"There is no project called '{name}'.");
    }

    public static ApiException Missing() => ApiException.NotFound("project_not_found", "There is no project with this id.");
}
