using System.Text.Json;
using Cowork.Host.Features.Plugins;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Host.Platform.Cli;

/// <summary>
/// What a build would contribute: it is loaded and asked in this process, which ends soon, by the server's own code. Nothing of it
/// goes into service, and nothing that it was given stays.
/// </summary>
static class PluginPreview
{
    /// <summary>Asks a build, unless it may not be run.</summary>
    /// <param name="folder">The build; the root says whether it came with the server.</param>
    /// <param name="options">Where the list of trusted builds is.</param>
    /// <param name="ct">Gives up.</param>
    /// <returns>What it contributes, in lines.</returns>
    /// <exception cref="PluginRefusedException">It is not trusted, and was not run; or it cannot be loaded.</exception>
    public static async Task<IReadOnlyList<string>> OfAsync(PluginFolder folder, ServerOptions options, CancellationToken ct)
    {
        new PluginTrust(PluginReport.Roots(options)).Check(folder, PluginReport.Assembly(folder));
        // Folders that are gone afterwards: the plugin finds no data of its own, and leaves none.
        var work = Directory.CreateTempSubdirectory("cowork-preview-").FullName;
        try
        {
            await using var app = ServerApp.Build(options with
            {
                DataRoot = work,
                DatabasePath = Path.Combine(work, "cowork.db"),
                Log = options.Log with { ToStandardError = true, Folder = null },
            });
            await using var build = await app.Services.GetRequiredService<PluginFactory>().CreateAsync(folder, ct)
                ?? throw PluginDeclarations.Refused($"{folder.Name} is still being copied.");
            var status = new PluginStatus(build.Name, build.Version, PluginState.Active) { Contributions = build.Contributions, Jobs = build.Jobs?.Statuses ?? [] };
            return PluginReport.Contributions(JsonSerializer.SerializeToNode(PluginInfo.Of(status), PluginsJson.Default.PluginInfo)!);
        }
        finally
        {
            PluginSnapshots.Delete(work);
        }
    }

    /// <summary>What the file says without being run.</summary>
    /// <param name="assembly">The plugin's assembly.</param>
    /// <returns>Lines; none when it is no assembly.</returns>
    public static IReadOnlyList<string> OfFile(string assembly)
    {
        if (!File.Exists(assembly) || PluginManifest.Read(assembly) is not { } manifest)
            return [];
        return
        [
            $"contract {manifest.ContractVersion?.ToString() ?? "not stated"}",
            $"references {string.Join(", ", manifest.References.Where(r => r.Name != SharedAssemblies.Contract.Name).Select(r => $"{r.Name} {r.Version}"))}",
            $"sha256 {PluginTrust.HashOf(assembly)}",
        ];
    }
}
