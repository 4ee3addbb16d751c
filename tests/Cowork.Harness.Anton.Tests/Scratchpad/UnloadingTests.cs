using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace Cowork.Harness.Anton.Tests.Scratchpad;

public sealed class UnloadingTests
{
    [Fact]
    public async Task A_plugin_whose_cells_have_run_can_be_unloaded()
    {
        var context = await UseAsync();

        for (var i = 0; i < 200 && context.IsAlive; i++)
        {
#pragma warning disable RS0030 // Whether it can be collected is the question.
            GC.Collect();
#pragma warning restore RS0030
            GC.WaitForPendingFinalizers();
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.False(context.IsAlive);
    }

    /// <summary>Called in the copy that is unloaded.</summary>
    internal static async Task<string> RunCellAsync()
    {
        await using var pads = PadsUnderTest.Start();
        var turn = pads.Turn();
        await turn.ExecAsync("import os\nos.abort()");
        return (await turn.ExecAsync("import time\nprint(6 * 7)")).Printed();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static async Task<WeakReference> UseAsync()
    {
        var context = new CopyOfItsOwn(Path.GetDirectoryName(typeof(AntonPlugin).Assembly.Location)!);
        var tests = context.LoadFromAssemblyName(typeof(UnloadingTests).Assembly.GetName());
        var run = tests.GetType(typeof(UnloadingTests).FullName!)!.GetMethod(nameof(RunCellAsync), BindingFlags.Static | BindingFlags.NonPublic)!;
        Assert.NotSame(run.Module, typeof(UnloadingTests).Module);
        Assert.Equal("42", await (Task<string>)run.Invoke(null, null)!);
        context.Unload();
        return new(context);
    }

    sealed class CopyOfItsOwn(string folder) : AssemblyLoadContext("scratchpad", isCollectible: true)
    {
        protected override Assembly? Load(AssemblyName assemblyName) =>
            assemblyName.Name!.StartsWith("Cowork.Harness.Anton", StringComparison.Ordinal) ? LoadFromAssemblyPath(Path.Combine(folder, $"{assemblyName.Name}.dll")) : null;
    }
}
