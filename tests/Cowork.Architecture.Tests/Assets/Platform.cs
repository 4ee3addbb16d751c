using Cowork.Architecture.Tests.Assets.Broken.Features.Stock;
using McMaster.NETCore.Plugins;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

#pragma warning disable IDE0130
namespace Cowork.Architecture.Tests.Assets.Broken.Platform.Data
{
    /// <summary>May know rows; knows a service.</summary>
    sealed class CoworkDb : DbContext
    {
        public DbSet<StockItem> Items => Set<StockItem>();

        public static int Wrong(StockService stock) => stock.Level().Count;

        public Task SaveAsync() => SaveChangesAsync();

        public static Func<CoworkDb, Task> Read() => static async db => await db.Items.ToListAsync();

        public static async Task WriteAsync(SqliteCommand command)
        {
            await command.ExecuteNonQueryAsync();
            await command.DisposeAsync();
        }
    }
}

namespace Cowork.Architecture.Tests.Assets.Broken.Platform.Files
{
    sealed class Cupboard(StockShelf shelf)
    {
        public int Count => shelf.Count;

        public static PluginLoader Load(string file) => PluginLoader.CreateFromAssemblyFile(file);
    }
}

namespace Cowork.Architecture.Tests.Assets.Broken.Platform.Hosting
{
    /// <summary>Puts things together, so it may know all of them.</summary>
    sealed class Assembly(StockService stock)
    {
        public int Count => stock.Level().Count;
    }
}
