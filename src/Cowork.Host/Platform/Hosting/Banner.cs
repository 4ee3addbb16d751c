using Cowork.Host.Features.Settings;
using Cowork.Host.Features.Turns;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Host.Platform.Hosting;

/// <summary>What a person sees who starts the server in a terminal: one screen.</summary>
static class Banner
{
    public static async Task WriteAsync(TextWriter output, IServiceProvider services)
    {
        var options = services.GetRequiredService<ServerOptions>();
        var plugins = services.GetRequiredService<PluginRegistry>();
        var models = services.GetRequiredService<ModelSettings>();
        await models.LookForLocalAsync(CancellationToken.None);
        output.WriteLine($"""

              Cowork Server {ServerVersion.Text}

              address   {options.Url}
              data      {options.DataRoot}
              plugins   {options.ShippedPlugins}
                        {options.UserPlugins}
            """);
        foreach (var plugin in services.GetRequiredService<PluginLifecycle>().Statuses)
            output.WriteLine($"              {(plugin.State == PluginState.Active ? "+" : "!")} {plugin.Name} {plugin.Version}{(plugin.Reason is { } reason ? $": {reason}" : "")}");

        output.WriteLine();
        foreach (var harness in plugins.Current.Harnesses)
        {
            var missing = harness.NeedsModel ? models.Missing : null;
            output.WriteLine($"  agent     {harness.Label} ({harness.Id}): {missing ?? "ready"}");
        }

        if (plugins.Current.Harnesses is [])
            output.WriteLine($"  agent     none. Put a harness plugin into {options.UserPlugins}.");
        if (plugins.Current.Harnesses is not [] && services.GetRequiredService<HarnessChoice>().Problem is { } problem)
            output.WriteLine($"  !         {problem}");
        output.WriteLine($"""

              try       curl -N {options.Url}/api/v1/responses -H 'Content-Type: application/json' \
                             -d '{Example}'
              stop      Ctrl+C

            """);
    }

    const string Example = """{"input": "Hello", "stream": true, "harness": "echo"}""";
}
