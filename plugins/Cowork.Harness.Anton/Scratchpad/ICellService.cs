using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Harness.Anton.Tools;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>
/// Something the server does for the code of a cell, such as <c>llm</c>, <c>web_search(query, max_results)</c> or
/// <c>memorize(text, kind, scope, topic)</c>. Register one per function: cells see only the functions that are registered and offered.
/// Keys stay in the server.
/// </summary>
interface ICellService
{
    /// <summary>The name under which helpers.py calls it.</summary>
    string Name { get; }

    /// <summary>Whether cells of this turn get it.</summary>
    bool IsOffered(ToolContext context);

    /// <summary>Does it.</summary>
    /// <param name="arguments">A JSON object; from code that a model wrote, so anything.</param>
    /// <param name="context">The turn.</param>
    /// <param name="ct">Cancelled when the cell ends, also when the turn is stopped.</param>
    /// <returns>What the function returns.</returns>
    /// <exception cref="ToolException">It cannot be done; the cell gets the message as an exception.</exception>
    Task<JsonNode?> CallAsync(JsonElement arguments, ToolContext context, CancellationToken ct);
}
