using System.Text.Json;

namespace Cowork.Host.Features.Turns;

/// <summary>The stream of a turn, for what the host itself has to say in it. Thread-safe.</summary>
interface ITurnFrames
{
    /// <summary>Writes a frame, unless the turn is over.</summary>
    /// <param name="type">The event, for example <c>response.artifact_created</c>.</param>
    /// <param name="member">The member that holds what the frame is about.</param>
    /// <param name="write">Writes that object; texts that others chose go through <see cref="Clean"/> first.</param>
    void Write(string type, string member, Action<Utf8JsonWriter> write);

    /// <summary>The text without secrets.</summary>
    string Clean(string text);

    /// <summary>Length of the longest secret that <see cref="Clean"/> knows, in characters.</summary>
    int LongestSecret { get; }
}
