using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>Secrets that receivers of notices check them with.</summary>
[DbContext(typeof(CoworkDb))]
[Migration("20261126000400_NoticeSecrets")]
sealed class NoticeSecrets : ScriptMigration;
