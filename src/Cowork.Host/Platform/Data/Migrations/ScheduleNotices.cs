using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>Webhooks of schedules that are secrets, and ends of runs that are still to be told.</summary>
[DbContext(typeof(CoworkDb))]
[Migration("20261126000100_ScheduleNotices")]
sealed class ScheduleNotices : ScriptMigration;
