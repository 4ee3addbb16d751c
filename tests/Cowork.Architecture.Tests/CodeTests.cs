using System.Reflection;
using Cowork.Architecture.Tests.Rules;
using Cowork.Host.Platform.Data.Migrations;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Hosting;

namespace Cowork.Architecture.Tests;

public sealed class CodeTests
{
    const string Loader = "McMaster.";
    const string EventKinds = "Cowork.Abstractions.HarnessEvent+";
    static readonly Code Host = new(typeof(ServerApp).Assembly, "Cowork.Host");
    static readonly Code Broken = new(Assembly.GetExecutingAssembly(), "Cowork.Architecture.Tests.Assets.Broken");

    [Fact]
    public void Features_use_only_services_rows_and_values_of_each_other() =>
        Expect.Nothing(FeatureWalls.BetweenFeatures(Host, Known.OpenStatics.Keys));

    [Fact]
    public void Static_classes_that_are_open_to_other_features_are_used_by_them() =>
        Expect.Nothing(FeatureWalls.NeedlesslyOpen(Host, Known.OpenStatics.Keys));

    [Fact]
    public void The_platform_does_not_know_the_features() =>
        Expect.Nothing(FeatureWalls.UnderFeatures(Host));

    [Fact]
    public void One_class_touches_the_plugin_loader() =>
        Expect.Nothing(Owners.Trespassers(Host, Loader, "Platform.Plugins.PluginAssembly"));

    [Fact]
    public void One_class_turns_events_of_harnesses_into_frames() =>
        Expect.Nothing(Owners.Trespassers(Host, EventKinds, "Features.Turns.TurnEventWriter"));

    [Fact]
    public void Logs_of_turns_are_known_by_their_interfaces_alone() =>
        Expect.Nothing(Seams.Bypasses(Host, "Features.Turns.Log"));

    [Fact]
    public void Nothing_calls_asynchronous_methods_of_the_database() =>
        Expect.Nothing(Owners.PretendedAsync(Host));

    [Fact]
    public void No_feature_is_overlooked_when_the_server_is_put_together()
    {
        var all = typeof(ServerApp).Assembly.GetTypes().Where(t => t is { IsClass: true, IsAbstract: false } && (t.IsAssignableTo(typeof(IEndpoints))
            || t.IsAssignableTo(typeof(BackgroundService)) || t.IsAssignableTo(typeof(IRecurringWork)) || t.IsDefined(typeof(FeatureServiceAttribute))));
        Assert.Equal(Names(all), Names(FeatureTypes.Of(typeof(ServerApp).Assembly)));
        static IEnumerable<string?> Names(IEnumerable<Type> types) => types.Select(t => t.FullName).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void Every_migration_is_the_script_with_its_id() =>
        Assert.Equal(
            typeof(ServerApp).Assembly.GetTypes().Select(t => t.GetCustomAttribute<MigrationAttribute>()?.Id).OfType<string>().Order(StringComparer.Ordinal),
            MigrationScripts.Ids.Order(StringComparer.Ordinal));

    [Fact]
    public void Rules_about_the_host_look_at_the_host()
    {
        // A renamed namespace or a loader that finds nothing must not let every rule pass.
        Assert.Contains(Host.Uses, u => u.From.FullName == "Cowork.Host.Platform.Plugins.PluginAssembly" && u.To.FullName.StartsWith(Loader, StringComparison.Ordinal));
        Assert.Contains(Host.Uses, u => u.From.FullName == "Cowork.Host.Features.Turns.TurnEventWriter" && u.To.FullName.StartsWith(EventKinds, StringComparison.Ordinal));
        Assert.Contains(Host.Uses, u => u.From.SegmentAfter("Cowork.Host.Features") == "Turns" && u.To.SegmentAfter("Cowork.Host.Features") == "Settings");
        Assert.Contains(Host.Uses, u => u.From.FullName == "Cowork.Host.Features.Turns.TurnService" && u.To.FullName == "Cowork.Host.Features.Turns.Log.ITurnLogs");
        Assert.Contains(Host.Calls, c => c.To.IsBelow("Microsoft.EntityFrameworkCore"));
    }

    [Fact]
    public void A_feature_that_reaches_into_another_is_found()
    {
        const string Orders = "Cowork.Architecture.Tests.Assets.Broken.Features.Orders.OrdersEndpoints";
        const string Stock = "Cowork.Architecture.Tests.Assets.Broken.Features.Stock";
        var found = FeatureWalls.BetweenFeatures(Broken, ["Stock.StockRules"]).ToList();
        foreach (var hidden in (string[])["StockShelf", "StockSecrets", "StockPrices"])
            Assert.Contains($"{Orders} uses {Stock}.{hidden}, which is no service, row or value of its feature.", found);
        Assert.DoesNotContain(found, f => f.Contains("StockRules", StringComparison.Ordinal));
        Assert.Equal(["Stock.Nothing"], FeatureWalls.NeedlesslyOpen(Broken, ["Stock.StockRules", "Stock.Nothing"]));
        Assert.DoesNotContain(found, f => f.Contains("StockService", StringComparison.Ordinal) || f.Contains("StockItem", StringComparison.Ordinal) || f.Contains("StockLevel", StringComparison.Ordinal));
    }

    [Fact]
    public void A_platform_that_knows_a_feature_is_found()
    {
        const string Platform = "Cowork.Architecture.Tests.Assets.Broken.Platform";
        var found = FeatureWalls.UnderFeatures(Broken).ToList();
        Assert.Contains(found, f => f.StartsWith($"{Platform}.Files.Cupboard uses ", StringComparison.Ordinal));
        Assert.Contains(found, f => f.StartsWith($"{Platform}.Data.CoworkDb uses ", StringComparison.Ordinal) && f.Contains("StockService", StringComparison.Ordinal));
        Assert.DoesNotContain(found, f => f.Contains("Hosting.", StringComparison.Ordinal) || f.Contains("StockItem", StringComparison.Ordinal));
    }

    [Fact]
    public void A_class_that_looks_behind_an_interface_is_found() =>
        Assert.Equal(
            ["LedgerFile", "LedgerLine"],
            Seams.Bypasses(Broken, "Features.Stock.Ledgers").Select(f => f.Split(',')[0].Split('.')[^1]).Order(StringComparer.Ordinal));

    [Fact]
    public void A_second_user_of_something_owned_is_found()
    {
        Assert.NotEmpty(Owners.Trespassers(Broken, Loader, owner: null));
        Assert.NotEmpty(Owners.Trespassers(Broken, EventKinds, "Features.Turns.TurnEventWriter"));
        Assert.NotEmpty(Owners.Trespassers(Host, Loader, "Platform.Plugins.PluginHost"));
    }

    [Fact]
    public void A_call_that_pretends_to_be_asynchronous_is_found_in_methods_and_lambdas() =>
        Assert.Equal(
            ["ExecuteNonQueryAsync", "SaveChangesAsync", "ToListAsync"],
            Owners.PretendedAsync(Broken).Select(f => f.Split(';')[0].Split('.')[^1]).Order(StringComparer.Ordinal));
}
