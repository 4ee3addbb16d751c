using System.Reflection;

namespace Cowork.Host.Platform.Hosting;

/// <summary>The version of this server, as people see it.</summary>
static class ServerVersion
{
    public static readonly string Text = typeof(ServerVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
