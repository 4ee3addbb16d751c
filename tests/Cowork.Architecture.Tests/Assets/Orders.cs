using Cowork.Abstractions;
using Cowork.Architecture.Tests.Assets.Broken.Features.Stock;

#pragma warning disable IDE0130
namespace Cowork.Architecture.Tests.Assets.Broken.Features.Orders;

/// <summary>Uses what it may of its neighbour, and three classes that it may not: one in a method, one in a lambda, one that is static.</summary>
sealed class OrdersEndpoints(StockService stock)
{
    public StockLevel Allowed() => stock.Level();

    public static int AllowedRow(StockItem item) => item.Id;

    public static async Task<int> ForbiddenAsync()
    {
        await Task.Yield();
        return new StockShelf().Count;
    }

    public static Func<Task<int>> Forbidden() => static async () =>
    {
        await Task.Yield();
        return new StockSecrets().Count;
    };

    public static int ForbiddenToo() => StockPrices.Of(1);

    public static int AllowedToo() => StockRules.Least();

    /// <summary>A second place that knows how an event looks.</summary>
    public static string Text(HarnessEvent e) => e is HarnessEvent.TextDelta delta ? delta.Text : "";
}
