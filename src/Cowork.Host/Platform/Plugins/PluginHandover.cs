namespace Cowork.Host.Platform.Plugins;

/// <summary>
/// Starts and stops the services of a plugin's builds one after the other, in the order of the changes: two builds that poll the
/// same mailbox or listen on the same port would fight, however quickly one follows the other.
/// </summary>
sealed class PluginHandover(ILogger<PluginHandover> log)
{
    readonly Lock _gate = new();
    readonly Dictionary<string, Task> _last = new(PluginFolder.NameComparer);

    /// <summary>Starts the services of a build when those before it have stopped.</summary>
    public void Start(PluginGeneration generation) => _ = Then(generation, generation.StartServicesAsync);

    /// <summary>Stops the services of a build.</summary>
    /// <returns>Completes when they have stopped, or their time to do so is over. Never fails.</returns>
    public Task StopAsync(PluginGeneration generation) => Then(generation, generation.StopServicesAsync);

    Task Then(PluginGeneration generation, Func<Task> step)
    {
        lock (_gate)
            return _last[generation.Name] = AfterAsync(_last.GetValueOrDefault(generation.Name) ?? Task.CompletedTask, generation, step);
    }

    async Task AfterAsync(Task before, PluginGeneration generation, Func<Task> step)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await step();
        }
        catch (Exception e)
        {
            // Or every later build would wait for nothing.
            log.BackgroundServiceFailed(e, generation.Name);
        }
    }
}
