using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Text.Json;
using Cowork.Abstractions;
using Cowork.Harness.Anton.Tests.Tools.Web;
using Microsoft.AspNetCore.Http;

namespace Cowork.Harness.Anton.Tests.Tools;

[CollectionDefinition("alone", DisableParallelization = true)]
public sealed class Alone;

/// <summary>The libraries behind the tools must not hold on to a plugin that is replaced.</summary>
[Collection("alone")]
public sealed class UnloadingTests
{
    const string Tools = "Cowork.Harness.Anton.Tools.";

    [Fact]
    public async Task A_plugin_goes_after_its_tools_were_used()
    {
        await using var server = await WebServer.StartAsync(context =>
        {
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync("<p>page</p>");
        });
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("a.csv", "x,y\n1,2\n");
        tools.Write(".anton/skills/s/SKILL.md", "---\nname: yaml\n---\nx");
        tools.Settings.Values["anton_web_fetch_private"] = "True";

        var context = await UseAsync(tools, server.Url);

        for (var i = 0; i < 200 && context.IsAlive; i++)
        {
#pragma warning disable RS0030 // Whether it can be collected is the question.
            GC.Collect();
#pragma warning restore RS0030
            GC.WaitForPendingFinalizers();
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }

        Assert.False(context.IsAlive);
    }

    // A method of its own: what it has on its stack is gone when it has returned.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static async Task<WeakReference> UseAsync(ToolsUnderTest tools, Uri url)
    {
        var context = new ContextOfItsOwn();
        var plugin = context.LoadFromAssemblyPath(typeof(AntonPlugin).Assembly.Location);
        var options = plugin.GetType("Cowork.Harness.Anton.AntonOptions", throwOnError: true)!.GetMethod("From")!.Invoke(null, [(Func<string, string?>)(_ => null)])!;
        var folders = Create(plugin, "Cowork.Harness.Anton.Skills.SkillFolders", options);

        Assert.Contains("| 1 | 2 |", await RunAsync(plugin, tools, "Data.QueryDataTool", [TimeProvider.System], new { files = new[] { "a.csv" }, sql = "SELECT * FROM a" }), StringComparison.Ordinal);
        Assert.EndsWith("page", await RunAsync(plugin, tools, "Web.WebFetchTool", [tools.Settings, TimeProvider.System], new { url }), StringComparison.Ordinal);
        Assert.StartsWith("# yaml", await RunAsync(plugin, tools, "Skills.RecallSkillTool", [folders], new { label = "s" }), StringComparison.Ordinal);
        Assert.StartsWith("hi", await RunAsync(plugin, tools, "Commands.RunCommandTool", [TimeProvider.System], new { command = "echo hi" }), StringComparison.Ordinal);
        context.Unload();
        return new(context);
    }

    static async Task<string> RunAsync(Assembly plugin, ToolsUnderTest tools, string tool, object[] services, object arguments)
    {
        var type = plugin.GetType(Tools + tool, throwOnError: true)!;
        var scrubber = plugin.GetType($"{Tools}Scrubber", throwOnError: true)!.GetMethod("Of")!.Invoke(null, [tools.Request])!;
        var context = Create(plugin, $"{Tools}ToolContext", tools.Request, (Action<HarnessEvent>)(_ => { }), scrubber);
        var call = Create(plugin, $"{Tools}ToolCall", "call-1", tool, JsonSerializer.SerializeToElement(arguments));
        var running = (Task)type.GetMethod("RunAsync")!.Invoke(Create(plugin, Tools + tool, services), [call, context, CancellationToken.None])!;
        await running;
        var outcome = running.GetType().GetProperty("Result")!.GetValue(running)!;
        return (string)outcome.GetType().GetProperty("Text")!.GetValue(outcome)!;
    }

    static object Create(Assembly plugin, string type, params object[] arguments) =>
        Activator.CreateInstance(plugin.GetType(type, throwOnError: true)!, arguments)!;

    /// <summary>Loads the plugin and its libraries once more; the contract and the framework are shared.</summary>
    sealed class ContextOfItsOwn() : AssemblyLoadContext("unloading", isCollectible: true)
    {
        static readonly string Folder = Path.GetDirectoryName(typeof(AntonPlugin).Assembly.Location)!;
        static readonly string[] Frameworks = [RuntimeEnvironment.GetRuntimeDirectory(), Path.GetDirectoryName(typeof(HttpContext).Assembly.Location)!];

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var library = assemblyName.Name + ".dll";
            var isShared = assemblyName.Name == typeof(ICoworkPlugin).Assembly.GetName().Name || Frameworks.Any(framework => File.Exists(Path.Combine(framework, library)));
            return !isShared && File.Exists(Path.Combine(Folder, library)) ? LoadFromAssemblyPath(Path.Combine(Folder, library)) : null;
        }
    }
}
