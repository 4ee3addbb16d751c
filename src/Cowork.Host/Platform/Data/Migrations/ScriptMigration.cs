using System.Reflection;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>A migration whose steps are the SQL file with its id.</summary>
abstract class ScriptMigration : Migration
{
    protected override void Up(MigrationBuilder migration) => migration.Sql(MigrationScripts.Read(GetType().GetCustomAttribute<MigrationAttribute>()!.Id));
}
