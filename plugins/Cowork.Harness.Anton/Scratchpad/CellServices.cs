using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Tools;
using Microsoft.Extensions.Logging;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>All that the server does for cells.</summary>
sealed partial class CellServices(IEnumerable<ICellService> services, ILogger<CellServices> logger)
{
    readonly ICellService[] _services = [.. services];

    public IReadOnlyList<string> OfferedIn(ToolContext context) => [.. _services.Where(service => service.IsOffered(context)).Select(service => service.Name)];

    /// <exception cref="ToolException">It cannot be done; every other failure becomes this.</exception>
    public async Task<JsonNode?> CallAsync(string name, JsonElement arguments, ToolContext context, CancellationToken ct)
    {
        var service = Array.Find(_services, service => service.Name == name && service.IsOffered(context)) ?? throw new ToolException($"'{name}' is not available here.");
        try
        {
            return await service.CallAsync(arguments, context, ct);
        }
        catch (HarnessException e)
        {
            throw new ToolException(e.UserMessage);
        }
        catch (Exception e) when (e is not ToolException and not OperationCanceledException)
        {
            CellServiceFailed(logger, name, e);
            throw new ToolException($"'{name}' failed. Try it another way.");
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The service {Service} failed for a cell.")]
    static partial void CellServiceFailed(ILogger logger, string service, Exception exception);
}
