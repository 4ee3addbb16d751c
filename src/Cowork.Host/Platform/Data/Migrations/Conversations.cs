using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>Muted connections and an archive for conversations, and an index for the list over all projects.</summary>
[DbContext(typeof(CoworkDb))]
[Migration("20261123000300_Conversations")]
sealed class Conversations : ScriptMigration;
