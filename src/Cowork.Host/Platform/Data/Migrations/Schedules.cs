using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>What schedules and their runs have beyond the reference: own rhythms, policies, triggers, and what a run was.</summary>
[DbContext(typeof(CoworkDb))]
[Migration("20261123000600_Schedules")]
sealed class Schedules : ScriptMigration;
