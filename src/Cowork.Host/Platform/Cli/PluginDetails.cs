using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Plugins;

namespace Cowork.Host.Platform.Cli;

/// <summary><c>cowork-server plugins info</c>: what a plugin contributes, before it is installed, while it is switched off and when it is in service.</summary>
static class PluginDetails
{
    const int Failed = 1;

    public static async Task<int> RunAsync(string subject, CancellationToken ct)
    {
        var options = ServeCommand.ReadOptions();
        if (IsPath(subject))
            return await ShowSourceAsync(subject, options, ct);
        var (all, _) = await PluginsCommand.ReadAsync(ct);
        var lines = all.Where(l => PluginFolder.NameComparer.Equals(l.Name, subject)).ToList();
        foreach (var line in lines)
            await ShowAsync(line, options, ct);
        if (lines.Count == 0)
            return Directory.Exists(subject) ? await ShowSourceAsync(subject, options, ct) : await PluginsCommand.UnknownAsync(subject);
        return 0;
    }

    public static void Show(PluginLine line)
    {
        Console.WriteLine($"{line.Name} {line.Version}: {line.State}");
        Show([.. line.Reason is null ? [] : new[] { line.Reason }, .. line.Contributions]);
    }

    public static void Show(IEnumerable<string> lines)
    {
        foreach (var line in lines)
            Console.WriteLine($"  {line}");
    }

    static bool IsPath(string subject) => subject.AsSpan().ContainsAny('/', '\\') || File.Exists(subject);

    static async Task ShowAsync(PluginLine line, ServerOptions options, CancellationToken ct)
    {
        Show(line);
        if (line.Contributions.Count > 0 || line.State is "active" or "superseded" or "removed" || PluginReport.Find(PluginReport.Roots(options), line.Name) is not { } folder)
            return;
        // What could not be loaded is not tried again for the sake of an answer.
        if (line.State is "ready" or "disabled")
            await ShowAsync(folder, options, ct);
        else
            Show(PluginPreview.OfFile(PluginReport.Assembly(folder)));
    }

    static async Task<bool> ShowAsync(PluginFolder folder, ServerOptions options, CancellationToken ct)
    {
        try
        {
            Show(await PluginPreview.OfAsync(folder, options, ct));
            return true;
        }
        catch (PluginRefusedException refused)
        {
            Show([refused.Message, .. PluginPreview.OfFile(PluginReport.Assembly(folder))]);
            return false;
        }
    }

    static async Task<int> ShowSourceAsync(string source, ServerOptions options, CancellationToken ct)
    {
        var work = Directory.CreateTempSubdirectory("cowork-info-").FullName;
        try
        {
            using var plugin = await new PluginInstaller(work).UnpackAsync(source, ct);
            Console.WriteLine($"{plugin.Manifest.AssemblyName} {plugin.Manifest.Version}: not installed");
            return await ShowAsync(plugin.In(work), options, ct) ? 0 : Failed;
        }
        catch (Exception e) when (e is PluginRefusedException or IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return Failed;
        }
        finally
        {
            PluginSnapshots.Delete(work);
        }
    }
}
