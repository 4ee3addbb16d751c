using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>The search index, and triggers that note what it has to look at.</summary>
[DbContext(typeof(CoworkDb))]
[Migration("20261123000500_Search")]
sealed class Search : ScriptMigration;
