using Cowork.Abstractions;
using Microsoft.AspNetCore.Builder;
using Serilog;

namespace Cowork.Test;

/// <summary>Says which version of its library it uses.</summary>
public sealed class OwnLibraryPlugin : ICoworkPlugin
{
    public string Name => typeof(OwnLibraryPlugin).Assembly.GetName().Name!;

    public void Configure(IPluginBuilder plugin) =>
        plugin.MapEndpoints(routes => routes.MapGet("library", () => typeof(LoggerConfiguration).Assembly.GetName().Version!.ToString(3)));
}
