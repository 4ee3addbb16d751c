using Cowork.Abstractions;

namespace Company.My_Plugin;

// Writes notes into the plugin's data folder, which survives updates. Each run gets an instance of its own.
sealed class Clerk(Notes notes, PluginContext plugin) : IPluginJob
{
    public async Task RunAsync(CancellationToken ct)
    {
        while (notes.Unwritten.TryPeek(out var note))
        {
            await File.AppendAllTextAsync(Path.Combine(plugin.DataDirectory, "notes.txt"), note + '\n', ct);
            notes.Kept();
        }
    }
}
