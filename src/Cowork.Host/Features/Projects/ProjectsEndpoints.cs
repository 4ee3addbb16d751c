using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Projects;

sealed class ProjectsEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var projects = api.MapGroup("/projects").WithTags("Projects");
        projects.MapGet("/", List);
        projects.MapPost("/", Create);
        projects.MapGet("/{id}", Get);
        projects.MapPatch("/{id}", Update);
        projects.MapDelete("/{id}", Delete);
    }

    static IResult List(HttpContext http, ProjectsService projects) =>
        PolledJson.Of(Page.Of(http.Request).Cut(projects.List(), p => p.Id).Announce(http.Response), ProjectsJson.Default.IReadOnlyListProjectView);

    static async Task<IResult> Create(HttpRequest request, ProjectsService projects, CancellationToken ct)
    {
        var body = await JsonBody.ReadAsync(request, ProjectsJson.Default.NewProject, bothCases: true);
        return TypedResults.Json(await projects.CreateAsync(body.Name, ct), ProjectsJson.Default.ProjectView, statusCode: StatusCodes.Status201Created);
    }

    static IResult Get(string id, ProjectsService projects) =>
        TypedResults.Json(projects.Get(RouteId.Parse(id)), ProjectsJson.Default.ProjectView);

    static async Task<IResult> Update(HttpRequest request, string id, ProjectsService projects, CancellationToken ct)
    {
        var project = RouteId.Parse(id);
        var body = await JsonBody.ReadAsync(request, ProjectsJson.Default.ProjectChange, bothCases: true);
        return TypedResults.Json(await projects.UpdateAsync(project, body, ct), ProjectsJson.Default.ProjectView);
    }

    static async Task<IResult> Delete(string id, ProjectRemoval removal, CancellationToken ct)
    {
        await removal.RemoveAsync(RouteId.Parse(id), ct);
        return TypedResults.NoContent();
    }
}
