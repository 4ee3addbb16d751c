using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>What a scheduled run may do by itself, and how much it may use.</summary>
[DbContext(typeof(CoworkDb))]
[Migration("20261123000900_ScheduleApprovals")]
sealed class ScheduleApprovals : ScriptMigration;
