using Cowork.Abstractions;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Company.My_Plugin;

public sealed class LastPartPlugin : ICoworkPlugin
{
    public void Configure(IPluginBuilder plugin)
    {
        plugin.Services.AddSingleton<Notes>();
        plugin
            // Runs every minute while the plugin is in service, never twice at once.
            .AddJob<Clerk>(new() { Id = "clerk", Description = "Writes new notes down.", Every = TimeSpan.FromMinutes(1), RunAtStart = true })
            .AddSetting(new() { Key = "lastpart_heading", Label = "Heading", Description = "What stands above the notes.", Default = "Notes" })
            // GET and POST /api/v1/ext/Company.My-Plugin/notes
            .MapEndpoints(routes =>
            {
                routes.MapGet("notes", (Notes notes) => notes.Read());
                routes.MapPost("notes", (NewNote note, Notes notes) => notes.Add(note.Text));
            });
    }
}

public sealed record NewNote(string Text);

public sealed record NoteList(string Heading, IReadOnlyList<string> Notes, int Kept);
