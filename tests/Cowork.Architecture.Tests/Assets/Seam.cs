using Cowork.Architecture.Tests.Assets.Broken.Features.Stock.Ledgers;

#pragma warning disable IDE0130
namespace Cowork.Architecture.Tests.Assets.Broken.Features.Stock.Ledgers
{
    /// <summary>All that others may know of this folder, with what it speaks of.</summary>
    interface ILedger
    {
        Task<LedgerEntry?> LastAsync();
    }

    sealed record LedgerEntry(int Count);

    sealed record LedgerLine(string Text);

    sealed class LedgerFile : ILedger
    {
        public Task<LedgerEntry?> LastAsync() => Task.FromResult<LedgerEntry?>(new(Read().Text.Length));

        static LedgerLine Read() => new("");
    }
}

namespace Cowork.Architecture.Tests.Assets.Broken.Features.Stock
{
    /// <summary>Keeps to the interface, then looks behind it twice.</summary>
    sealed class StockClerk(ILedger ledger)
    {
        public async Task<int> AllowedAsync() => (await ledger.LastAsync())?.Count ?? 0;

        public static ILedger Forbidden() => new LedgerFile();

        public static int ForbiddenToo(LedgerLine line) => line.Text.Length;
    }
}
