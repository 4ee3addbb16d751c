using Cowork.Host.Platform.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

// A feature and its neighbours that break every rule; the namespaces stand for the host's.
#pragma warning disable IDE0130
namespace Cowork.Architecture.Tests.Assets.Broken.Features.Stock;

[FeatureService]
sealed class StockService
{
    readonly StockShelf _shelf = new();

    public Task<StockTicket> TakeAsync() => Task.FromResult(new StockTicket(_shelf));

    public StockLevel Level() => new(_shelf.Count);
}

sealed class StockItem : IEntityTypeConfiguration<StockItem>
{
    public int Id { get; init; }

    public void Configure(EntityTypeBuilder<StockItem> builder) => builder.ToTable("stock");
}

sealed record StockLevel(int Count);

/// <summary>Handed out by the service.</summary>
sealed class StockTicket(StockShelf shelf)
{
    public int Count => shelf.Count;
}

/// <summary>How the feature works inside; nobody else's business.</summary>
sealed class StockShelf
{
    public int Count { get; set; }
}

sealed class StockSecrets
{
    public int Count { get; set; }
}
