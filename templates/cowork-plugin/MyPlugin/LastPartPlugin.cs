using Cowork.Abstractions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace MyPlugin;

public sealed class LastPartPlugin : ICoworkPlugin
{
    // The name of the assembly and of the plugin's folder.
    public string Name => "MyPlugin";

    public void Configure(IPluginBuilder plugin)
    {
        plugin.Services.AddSingleton<Notes>();
        // Starts with the plugin and is stopped when it is replaced or removed.
        plugin.Services.AddHostedService<Clerk>();
        plugin
            .AddSetting(new() { Key = "lastpart_heading", Label = "Heading", Description = "What stands above the notes.", Default = "Notes" })
            // GET and POST /api/v1/ext/MyPlugin/notes
            .MapEndpoints(routes =>
            {
                routes.MapGet("notes", (Notes notes) => notes.Read());
                routes.MapPost("notes", (NewNote note, Notes notes) => notes.Add(note.Text));
            });
    }
}

public sealed record NewNote(string Text);

public sealed record NoteList(string Heading, IReadOnlyList<string> Notes, int Kept);
