using Cowork.Abstractions;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>Collects what a plugin contributes and refuses what is malformed.</summary>
sealed class PluginBuilder(PluginContext context) : IPluginBuilder
{
    readonly List<PluginHarness> _harnesses = [];
    readonly List<SettingDescriptor> _settings = [];
    readonly List<Action<IEndpointRouteBuilder>> _endpoints = [];
    readonly List<DeclaredJob> _jobs = [];

    public PluginContext Context { get; } = context;

    public IServiceCollection Services { get; } = PluginContainer.Begin();

    public IReadOnlyList<PluginHarness> Harnesses => _harnesses;

    public IReadOnlyList<SettingDescriptor> Settings => _settings;

    public IReadOnlyList<Action<IEndpointRouteBuilder>> Endpoints => _endpoints;

    public IReadOnlyList<DeclaredJob> Jobs => _jobs;

    public IPluginBuilder AddHarness<THarness>(HarnessDescriptor descriptor)
        where THarness : class, IHarness
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        PluginDeclarations.Check(descriptor);
        if (_harnesses.Any(h => h.Descriptor.Id == descriptor.Id))
            throw PluginDeclarations.Refused($"It declares the harness '{descriptor.Id}' twice.");
        Services.TryAddSingleton<THarness>();
        // The list is copied because the plugin's compiler may have made its type inside the plugin, which it would then keep alive.
        _harnesses.Add(new(descriptor with { RequiredSettings = [.. descriptor.RequiredSettings] }, typeof(THarness)));
        return this;
    }

    public IPluginBuilder AddSetting(SettingDescriptor setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        PluginDeclarations.Check(setting);
        if (_settings.Any(s => s.Key == setting.Key))
            throw PluginDeclarations.Refused($"It declares the setting '{setting.Key}' twice.");
        _settings.Add(setting with { Options = [.. setting.Options] });
        return this;
    }

    public IPluginBuilder MapEndpoints(Action<IEndpointRouteBuilder> map)
    {
        ArgumentNullException.ThrowIfNull(map);
        _endpoints.Add(map);
        return this;
    }

    public IPluginBuilder AddJob<TJob>(JobDescriptor job)
        where TJob : class, IPluginJob
    {
        ArgumentNullException.ThrowIfNull(job);
        PluginDeclarations.Check(job);
        if (_jobs.Any(j => j.Descriptor.Id == job.Id))
            throw PluginDeclarations.Refused($"It declares the job '{job.Id}' twice.");
        Services.TryAddScoped<TJob>();
        _jobs.Add(new(job, typeof(TJob)));
        return this;
    }
}

/// <summary>A harness as declared.</summary>
/// <param name="Descriptor">What the host knows of it.</param>
/// <param name="Implementation">What the plugin's container creates when it is first needed.</param>
sealed record PluginHarness(HarnessDescriptor Descriptor, Type Implementation);

/// <summary>A job as declared.</summary>
/// <param name="Descriptor">When it runs.</param>
/// <param name="Implementation">What the plugin's container creates for every run.</param>
sealed record DeclaredJob(JobDescriptor Descriptor, Type Implementation);
