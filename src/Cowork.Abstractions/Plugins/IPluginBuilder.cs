using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Cowork.Abstractions;

/// <summary>Collects what a plugin contributes. Not thread-safe; used inside <see cref="ICoworkPlugin.Configure"/> only.</summary>
public interface IPluginBuilder
{
    /// <summary>Where the plugin was loaded from and where it may keep data.</summary>
    PluginContext Context { get; }

    /// <summary>
    /// The plugin's own container. The host has put <c>ILogger&lt;T&gt;</c>, options, <see cref="TimeProvider"/>,
    /// <c>IHttpClientFactory</c>, <see cref="PluginContext"/> and <see cref="IPluginSettings"/> into it. Singletons live
    /// as long as the generation and are disposed (asynchronously where they can be) after its last run has ended.
    /// </summary>
    IServiceCollection Services { get; }

    /// <summary>Contributes an agent. One instance serves all its turns, so it must be thread-safe.</summary>
    /// <typeparam name="THarness">The implementation; created by the plugin's container when it is first needed.</typeparam>
    /// <param name="descriptor">What the host shows and checks before it creates the harness.</param>
    /// <returns>The same builder.</returns>
    IPluginBuilder AddHarness<THarness>(HarnessDescriptor descriptor)
        where THarness : class, IHarness;

    /// <summary>Declares a setting: it appears in <c>/api/v1/settings</c>, is checked on write and, when secret, encrypted at rest.</summary>
    /// <param name="setting">The declaration; its key must be free.</param>
    /// <returns>The same builder.</returns>
    IPluginBuilder AddSetting(SettingDescriptor setting);

    /// <summary>Adds HTTP endpoints under <c>/api/v1/ext/{plugin name}</c>. Handlers resolve services from the plugin's container.</summary>
    /// <param name="map">Called once, after the container is built.</param>
    /// <returns>The same builder.</returns>
    IPluginBuilder MapEndpoints(Action<IEndpointRouteBuilder> map);

    /// <summary>Contributes work that comes back; the host's scheduler runs it while the plugin is in service, never twice at once.</summary>
    /// <typeparam name="TJob">The implementation; created by the plugin's container for every run.</typeparam>
    /// <param name="job">When it runs.</param>
    /// <returns>The same builder.</returns>
    IPluginBuilder AddJob<TJob>(JobDescriptor job)
        where TJob : class, IPluginJob;
}
