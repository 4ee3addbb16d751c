namespace Cowork.Host.Platform.Plugins;

/// <summary>A kind of thing that plugins add to the server. A new kind is one line here and one method of the builder.</summary>
/// <param name="Name">One word for people and programs.</param>
/// <param name="IsExclusive">Whether only one plugin in service can offer an id.</param>
sealed record ContributionKind(string Name, bool IsExclusive)
{
    public static ContributionKind Harness { get; } = new("harness", IsExclusive: true);

    public static ContributionKind Setting { get; } = new("setting", IsExclusive: true);

    public static ContributionKind Job { get; } = new("job", IsExclusive: false);

    /// <summary>Below the plugin's own prefix, so nobody else can have it.</summary>
    public static ContributionKind Endpoint { get; } = new("endpoint", IsExclusive: false);
}

/// <summary>One thing that a plugin adds to the server.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Its name among its kind.</param>
/// <param name="Label">What people call it.</param>
/// <param name="Descriptor">What the host knows of it; of a type of the host or the contract, so that it does not keep the plugin.</param>
sealed record Contribution(ContributionKind Kind, string Id, string Label, object Descriptor)
{
    /// <summary>What the plugin's container creates for it, if anything.</summary>
    public Type? Implementation { get; init; }
}
