namespace Cowork.Host.Platform.Data.Migrations;

/// <summary>The SQL files beside the migrations, named by their ids and embedded into the assembly.</summary>
static class MigrationScripts
{
    const string Extension = ".sql";
    static readonly string Prefix = $"{typeof(MigrationScripts).Namespace}.";

    /// <summary>The ids of all migrations. Looking for their classes would load EF, and with it every type of the server.</summary>
    public static IEnumerable<string> Ids =>
        typeof(MigrationScripts).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Extension, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Extension.Length]);

    /// <summary>The SQL of a migration.</summary>
    public static string Read(string id)
    {
        using var stream = typeof(MigrationScripts).Assembly.GetManifestResourceStream($"{Prefix}{id}{Extension}")
            ?? throw new InvalidOperationException($"The migration script {id} is not embedded.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
