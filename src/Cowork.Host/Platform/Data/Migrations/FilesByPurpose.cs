using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>Every turn asks for the uploads of its conversation, and clients poll them.</summary>
[DbContext(typeof(CoworkDb))]
[Migration("20261123000400_FilesByPurpose")]
sealed class FilesByPurpose : Migration
{
    protected override void Up(MigrationBuilder migration) => migration.Sql("CREATE INDEX ix_files_purpose ON files (purpose, created_at)");
}
