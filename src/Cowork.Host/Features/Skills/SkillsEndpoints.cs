using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Skills;

sealed class SkillsEndpoints : IEndpoints
{
    public void Map(IEndpointRouteBuilder api)
    {
        var skills = api.MapGroup("/skills").WithTags("Skills");
        skills.MapGet("/", List);
        skills.MapPost("/", Create);
        skills.MapGet("/{id}", Get);
        skills.MapPut("/{id}", Update);
        skills.MapDelete("/{key}", Delete);
    }

    static IResult List(HttpRequest request, SkillsService skills)
    {
        var page = Page.Of(request).Cut(skills.List(), s => s.Id);
        return PolledJson.Of(new([.. page.Items.Select(SkillRow.Of)], page.HasMore), SkillsJson.Default.SkillList);
    }

    static async Task<IResult> Create(HttpRequest request, SkillsService skills, CancellationToken ct)
    {
        var write = await JsonBody.ReadAsync(request, SkillWriteJson.Default.SkillWrite, bothCases: true);
        var (skill, isNew) = await skills.SaveAsync(write, ct);
        return TypedResults.Json(SkillRow.Of(skill), SkillsJson.Default.SkillRow, statusCode: isNew ? StatusCodes.Status201Created : StatusCodes.Status200OK);
    }

    static IResult Get(string id, SkillsService skills) =>
        TypedResults.Json(SkillRow.Of(skills.Get(RouteId.Parse(id))), SkillsJson.Default.SkillRow);

    static async Task<IResult> Update(HttpRequest request, string id, SkillsService skills, CancellationToken ct)
    {
        var key = RouteId.Parse(id);
        var write = await JsonBody.ReadAsync(request, SkillWriteJson.Default.SkillWrite, bothCases: true);
        return TypedResults.Json(SkillRow.Of(await skills.UpdateAsync(key, write, ct)), SkillsJson.Default.SkillRow);
    }

    static async Task<IResult> Delete(string key, SkillsService skills, CancellationToken ct)
    {
        await skills.DeleteAsync(key, ct);
        return TypedResults.NoContent();
    }
}
