using Cowork.Abstractions;
using Microsoft.AspNetCore.Builder;

namespace Cowork.Test;

/// <summary>Has a route that no routing table can be built with.</summary>
public sealed class MisroutedPlugin : ICoworkPlugin
{
    public string Name => "Cowork.Test.Misrouted";

    public void Configure(IPluginBuilder plugin) => plugin.MapEndpoints(routes => routes.MapGet("{id:nosuchconstraint}", (string id) => id));
}
