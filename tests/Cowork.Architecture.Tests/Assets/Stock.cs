using System.ComponentModel.DataAnnotations.Schema;
using Cowork.Host.Platform.Hosting;

// A feature and its neighbours that break every rule; the namespaces stand for the host's.
#pragma warning disable IDE0130
namespace Cowork.Architecture.Tests.Assets.Broken.Features.Stock;

[FeatureService]
sealed class StockService
{
    readonly StockShelf _shelf = new();

    public StockLevel Level() => new(_shelf.Count);
}

[Table("stock")]
sealed class StockItem
{
    public int Id { get; init; }
}

sealed record StockLevel(int Count);

/// <summary>How the feature works inside; nobody else's business.</summary>
sealed class StockShelf
{
    public int Count { get; set; }
}

sealed class StockSecrets
{
    public int Count { get; set; }
}

/// <summary>Whoever calls it works with the shelves of another feature.</summary>
static class StockPrices
{
    public static int Of(int item) => new StockShelf { Count = item }.Count;
}

/// <summary>Listed as open to others.</summary>
static class StockRules
{
    public static int Least() => 1;
}
