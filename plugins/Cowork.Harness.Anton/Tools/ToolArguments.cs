using System.Text.Json.Serialization;
using Cowork.Harness.Anton.Tools.Artifacts;
using Cowork.Harness.Anton.Tools.Commands;
using Cowork.Harness.Anton.Tools.Conversation;
using Cowork.Harness.Anton.Tools.Data;
using Cowork.Harness.Anton.Tools.Files;
using Cowork.Harness.Anton.Tools.Memory;
using Cowork.Harness.Anton.Tools.Skills;
using Cowork.Harness.Anton.Tools.Web;

namespace Cowork.Harness.Anton.Tools;

/// <summary>Reads the arguments of the native tools. Models write numbers as text now and then.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowReadingFromString, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(System.Text.Json.Nodes.JsonObject))]
[JsonSerializable(typeof(ReadFileArguments))]
[JsonSerializable(typeof(WriteFileArguments))]
[JsonSerializable(typeof(EditFileArguments))]
[JsonSerializable(typeof(ListFilesArguments))]
[JsonSerializable(typeof(SearchFilesArguments))]
[JsonSerializable(typeof(DeleteFileArguments))]
[JsonSerializable(typeof(ReadImageArguments))]
[JsonSerializable(typeof(RunCommandArguments))]
[JsonSerializable(typeof(QueryDataArguments))]
[JsonSerializable(typeof(WebFetchArguments))]
[JsonSerializable(typeof(WebSearchArguments))]
[JsonSerializable(typeof(MemorizeArguments))]
[JsonSerializable(typeof(RecallSkillArguments))]
[JsonSerializable(typeof(CreateArtifactArguments))]
[JsonSerializable(typeof(OpenArtifactArguments))]
[JsonSerializable(typeof(UpdateArtifactArguments))]
[JsonSerializable(typeof(AskUserArguments))]
sealed partial class ToolArguments : JsonSerializerContext;
