using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>The schema of the reference, as it is.</summary>
[DbContext(typeof(CoworkDb))]
[Migration("20261123000000_Baseline")]
sealed class Baseline : ScriptMigration;
