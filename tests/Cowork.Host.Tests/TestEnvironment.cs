using System.Runtime.CompilerServices;

namespace Cowork.Host.Tests;

/// <summary>Plugins read the environment of the process, which hosts under test share: it must not lead to the developer's home.</summary>
static class TestEnvironment
{
    public static string GlobalMemory { get; } = Path.Combine(Path.GetTempPath(), $"cowork-test-memory-{Environment.ProcessId}");

    [ModuleInitializer]
    public static void Prepare()
    {
        Environment.SetEnvironmentVariable("ANTON_GLOBAL_MEMORY_ROOT_DIR", GlobalMemory);
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            if (Directory.Exists(GlobalMemory))
                Directory.Delete(GlobalMemory, recursive: true);
        };
    }
}
