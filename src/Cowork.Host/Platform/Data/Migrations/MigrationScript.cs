namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>The SQL files beside the migrations, embedded into the assembly.</summary>
static class MigrationScript
{
    public static string Read(string name)
    {
        using var stream = typeof(MigrationScript).Assembly.GetManifestResourceStream($"{typeof(MigrationScript).Namespace}.{name}")
            ?? throw new InvalidOperationException($"The migration script {name} is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
