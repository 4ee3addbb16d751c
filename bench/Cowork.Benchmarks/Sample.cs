using System.Text;
using Cowork.Host.Features.Turns;
using Cowork.Host.Features.Turns.Log;

namespace Cowork.Benchmarks;

/// <summary>What a typical turn is made of.</summary>
static class Sample
{
    /// <summary>Deltas of one turn; every figure is per delta.</summary>
    public const int Deltas = 8000;

    /// <summary>A text delta as it goes over the wire.</summary>
    public static readonly byte[] Frame = Encoding.ASCII.GetBytes(
        "event: response.output_text.delta\nid: 4711\ndata: " +
        """{"type":"response.output_text.delta","sequence_number":4712,"at_ms":1790000000000,"item_id":"msg-0199d7a2-7e0c-7c3e-9d0f-1a2b3c4d5e6f","delta":"xxxxxxx4711 "}""" +
        "\n\n");

    /// <summary>A log without a file behind it.</summary>
    public static TurnLog Log() => new(Guid.Empty, 0, "", flusher: null);

    public static Turn Turn() => new() { Id = Guid.CreateVersion7(), ConversationId = Guid.CreateVersion7(), Status = TurnStatus.Running, Harness = "anton", Input = "\"\"", AssistantMessageId = Guid.CreateVersion7() };
}
