using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;

namespace Cowork.Host.Features.Projects;

/// <summary>Sees to it that the default project is there.</summary>
[FeatureService]
sealed class GeneralProject(Database database, ServerOptions options, TimeProvider time)
{
    public async Task EnsureAsync()
    {
        var path = Path.Combine(options.ProjectsRoot, Project.GeneralName);
        Directory.CreateDirectory(path);
        await database.WriteAsync(w => w.Execute(
            "INSERT INTO projects (id, name, path, is_active, created_at, modified_at) VALUES (?1, ?2, ?3, 1, ?4, ?4) ON CONFLICT (id) DO NOTHING",
            Project.GeneralId, Project.GeneralName, path, time.UtcNow()));
    }
}
