using Cowork.Host.Features.Conversations;
using Cowork.Host.Features.Pins;
using Cowork.Host.Features.Projects;
using Cowork.Host.Features.Skills;
using Microsoft.EntityFrameworkCore;

namespace Cowork.Host.Platform.Data;

/// <summary>
/// EF's view of the rows that people change one at a time; all others are read and written with prepared statements. The schema
/// itself is the reference's SQL plus our additions and lives in the migrations (docs/decisions/0002).
/// </summary>
sealed class CoworkDb(DbContextOptions<CoworkDb> options) : DbContext(options)
{
    public DbSet<Project> Projects => Set<Project>();
    public DbSet<Message> Messages => Set<Message>();
    public DbSet<Pin> Pins => Set<Pin>();
    public DbSet<Skill> Skills => Set<Skill>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configuration)
    {
        configuration.Properties<Guid>().HaveConversion<Encodings.IdConverter>();
        configuration.Properties<DateTime>().HaveConversion<Encodings.TimeConverter>();
    }

    protected override void OnModelCreating(ModelBuilder model)
    {
        foreach (var entity in model.Model.GetEntityTypes())
            foreach (var property in entity.GetProperties())
                property.SetColumnName(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
    }
}
