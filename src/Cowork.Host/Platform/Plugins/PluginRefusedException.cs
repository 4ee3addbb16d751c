namespace Cowork.Host.Platform.Plugins;

/// <summary>A plugin cannot be used. The message is one sentence for the person who installed it.</summary>
sealed class PluginRefusedException(PluginState state, string reason, Exception? innerException = null) : Exception(reason, innerException)
{
    public PluginState State { get; } = state;

    /// <summary>What has to change before another attempt makes sense.</summary>
    public PluginRetry Retry { get; init; }
}

/// <summary>When a refused plugin is looked at again.</summary>
enum PluginRetry
{
    /// <summary>When its files have changed.</summary>
    WhenFilesChange,

    /// <summary>Also when another plugin came or went.</summary>
    WhenPluginsChange,

    /// <summary>At every scan: the obstacle is outside its files and cheap to check.</summary>
    Always,
}
