using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>What a running turn did with tools, for the case that the process dies.</summary>
[DbContext(typeof(CoworkDb))]
[Migration("20261126000200_TurnSteps")]
sealed class TurnSteps : ScriptMigration;
