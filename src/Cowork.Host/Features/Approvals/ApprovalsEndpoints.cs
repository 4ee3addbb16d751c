using Cowork.Host.Features.Projects;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Approvals;

sealed class ApprovalsEndpoints : IEndpoints
{
    const int MostActions = 100;
    const int LongestAction = 64;

    public void Map(IEndpointRouteBuilder api)
    {
        var approvals = api.MapGroup("/approvals").WithTags("Approvals");
        approvals.MapGet("/", List);
        approvals.MapGet("/rules", Rules);
        approvals.MapGet("/rules/{id}", Rule);
        approvals.MapDelete("/rules/{id}", Forget);
        approvals.MapGet("/{id}", Get);
        approvals.MapPost("/{id}/answer", Answer);
        var policy = api.MapGroup("/projects/{id}/approval-policy").WithTags("Approvals");
        policy.MapGet("/", Policy);
        policy.MapPut("/", SetPolicy);
    }

    static IResult List(HttpRequest request, ApprovalsService approvals)
    {
        var status = request.Query["status"].ToString();
        if (status.Length > 0 && !ApprovalStatus.All.Contains(status))
            throw ApiException.Invalid("status", $"status must be one of: {string.Join(", ", ApprovalStatus.All)}.");
        var page = Page.Of(request);
        if (page.AfterId is { } after)
            approvals.Find(after);
        var limit = Math.Min(page.Limit ?? ApprovalFilter.DefaultLimit, ApprovalFilter.MostLimit);
        var filter = new ApprovalFilter(status.Length == 0 ? null : status, Id(request, "conversation_id"), Id(request, "project_id"), page.AfterId, limit);
        return PolledJson.Of(approvals.List(filter), ApprovalsJson.Default.ApprovalPage);
    }

    static IResult Get(string id, ApprovalsService approvals) =>
        TypedResults.Json(ApprovalView.Of(approvals.Find(RouteId.Parse(id))), ApprovalsJson.Default.ApprovalView);

    static async Task<IResult> Answer(HttpRequest request, string id, ApprovalsService approvals, CancellationToken ct)
    {
        var approval = RouteId.Parse(id);
        var reply = await JsonBody.ReadAsync(request, ApprovalsJson.Default.ApprovalReply);
        return TypedResults.Json(ApprovalView.Of(await approvals.AnswerAsync(approval, reply, ct)), ApprovalsJson.Default.ApprovalView);
    }

    static IResult Rules(HttpRequest request, ApprovalRules rules)
    {
        var page = Page.Of(request).Cut(rules.List(Id(request, "conversation_id"), Id(request, "project_id")), r => r.Id);
        return PolledJson.Of(new(page.Items, page.HasMore), ApprovalsJson.Default.ApprovalRuleList);
    }

    static IResult Rule(string id, ApprovalRules rules) => TypedResults.Json(rules.Find(RouteId.Parse(id)), ApprovalsJson.Default.ApprovalRule);

    static async Task<IResult> Forget(string id, ApprovalRules rules, CancellationToken ct)
    {
        await rules.ForgetAsync(RouteId.Parse(id), ct);
        return TypedResults.NoContent();
    }

    static IResult Policy(string id, ProjectsService projects, ApprovalRules rules) =>
        TypedResults.Json(rules.Get(projects.Get(RouteId.Parse(id)).Id), ApprovalPolicyJson.Default.ProjectApprovalPolicy);

    static async Task<IResult> SetPolicy(HttpRequest request, string id, ProjectsService projects, ApprovalRules rules, CancellationToken ct)
    {
        var project = projects.Get(RouteId.Parse(id)).Id;
        var wanted = await JsonBody.ReadAsync(request, ApprovalPolicyJson.Default.ProjectApprovalPolicy);
        var actions = wanted.Actions ?? new Dictionary<string, string>();
        foreach (var policy in actions.Values.Append(wanted.Policy ?? ApprovalPolicy.Ask))
            if (policy is null || !ApprovalPolicy.All.Contains(policy))
                throw ApiException.Invalid("policy", $"A policy must be one of: {string.Join(", ", ApprovalPolicy.All)}.");
        if (actions.Count > MostActions || actions.Keys.Any(a => a.Length is 0 or > LongestAction))
            throw ApiException.Invalid("actions", $"actions may name at most {MostActions} actions of at most {LongestAction} characters.");
        await rules.SetAsync(project, wanted with { Actions = actions }, ct);
        return TypedResults.Json(rules.Get(project), ApprovalPolicyJson.Default.ProjectApprovalPolicy);
    }

    static Guid? Id(HttpRequest request, string name) => request.Query[name].ToString() is { Length: > 0 } text ? RouteId.Parse(text, name) : null;
}
