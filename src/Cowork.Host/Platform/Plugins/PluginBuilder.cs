using Cowork.Abstractions;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Cowork.Host.Platform.Plugins;

/// <summary>Collects what a plugin contributes and refuses what is malformed.</summary>
sealed class PluginBuilder(PluginContext context) : IPluginBuilder
{
    readonly List<Contribution> _contributions = [];
    readonly List<Action<IEndpointRouteBuilder>> _endpoints = [];

    public PluginContext Context { get; } = context;

    public IServiceCollection Services { get; } = PluginContainer.Begin();

    /// <summary>All that was declared, in the order of declaration.</summary>
    public IReadOnlyList<Contribution> Contributions => _contributions;

    public IReadOnlyList<PluginHarness> Harnesses =>
        [.. _contributions.Where(c => c.Kind == ContributionKind.Harness).Select(c => new PluginHarness((HarnessDescriptor)c.Descriptor, c.Implementation!))];

    public IReadOnlyList<SettingDescriptor> Settings => [.. _contributions.Select(c => c.Descriptor).OfType<SettingDescriptor>()];

    public IReadOnlyList<DeclaredJob> Jobs =>
        [.. _contributions.Where(c => c.Kind == ContributionKind.Job).Select(c => new DeclaredJob((JobDescriptor)c.Descriptor, c.Implementation!))];

    public IReadOnlyList<Action<IEndpointRouteBuilder>> Endpoints => _endpoints;

    public IPluginBuilder AddHarness<THarness>(HarnessDescriptor descriptor)
        where THarness : class, IHarness
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        PluginDeclarations.Check(descriptor);
        // The list is copied because the plugin's compiler may have made its type inside the plugin, which it would then keep alive.
        var kept = descriptor with { RequiredSettings = [.. descriptor.RequiredSettings] };
        Add(new(ContributionKind.Harness, kept.Id, kept.Label, kept) { Implementation = typeof(THarness) });
        Services.TryAddSingleton<THarness>();
        return this;
    }

    public IPluginBuilder AddSetting(SettingDescriptor setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        PluginDeclarations.Check(setting);
        Add(new(ContributionKind.Setting, setting.Key, setting.Label, setting with { Options = [.. setting.Options] }));
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
        Add(new(ContributionKind.Job, job.Id, job.Description, job) { Implementation = typeof(TJob) });
        Services.TryAddScoped<TJob>();
        return this;
    }

    void Add(Contribution contribution)
    {
        if (_contributions.Any(c => c.Kind == contribution.Kind && c.Id == contribution.Id))
            throw PluginDeclarations.Refused($"It declares the {contribution.Kind.Name} '{contribution.Id}' twice.");
        _contributions.Add(contribution);
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
