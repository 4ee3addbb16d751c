using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>What agents asked, what was remembered of the answers, and what projects allow.</summary>
[DbContext(typeof(CoworkDb))]
[Migration("20261123000800_Approvals")]
sealed class Approvals : ScriptMigration;
