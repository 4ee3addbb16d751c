using Cowork.Testing;

namespace MyPlugin.Tests;

// The contract tests: what the server would refuse fails here.
public sealed class LastPartTests : PluginConformance<LastPartPlugin>;
