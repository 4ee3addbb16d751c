using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>Has the search index made anew, with pictures and with letters that are two.</summary>
[DbContext(typeof(CoworkDb))]
[Migration("20261126000300_SearchedSigns")]
sealed class SearchedSigns : ScriptMigration;
