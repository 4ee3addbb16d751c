using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>Turns as rows of their own, and messages in a fixed order.</summary>
[DbContext(typeof(CoworkDb))]
[Migration("20261123000100_Turns")]
sealed class TurnsAndPositions : ScriptMigration;
