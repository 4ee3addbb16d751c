using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>What an answer did beside talking: tool calls and their results.</summary>
[DbContext(typeof(CoworkDb))]
[Migration("20261123000700_Transcripts")]
sealed class Transcripts : ScriptMigration;
