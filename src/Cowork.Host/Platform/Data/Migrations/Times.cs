using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>No row without a time.</summary>
[DbContext(typeof(CoworkDb))]
[Migration("20261126000000_Times")]
sealed class Times : ScriptMigration;
