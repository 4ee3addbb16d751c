namespace Cowork.Host.Platform.Http;

/// <summary>The routes of one feature. Every implementation in this assembly is found and mapped at start.</summary>
interface IEndpoints
{
    /// <summary>Maps the routes.</summary>
    /// <param name="api">The group <c>/api/v1</c>.</param>
    void Map(IEndpointRouteBuilder api);
}
