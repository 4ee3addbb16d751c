using Cowork.Abstractions;
using Microsoft.Extensions.Hosting;

namespace MyPlugin;

// Writes notes into the plugin's data folder, which survives updates.
sealed class Clerk(Notes notes, PluginContext plugin) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var note in notes.Unwritten.ReadAllAsync(stoppingToken))
        {
            await File.AppendAllTextAsync(Path.Combine(plugin.DataDirectory, "notes.txt"), note + '\n', stoppingToken);
            notes.Kept();
        }
    }
}
