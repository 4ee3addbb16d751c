using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;
using Microsoft.EntityFrameworkCore;

namespace Cowork.Host.Features.Pins;

/// <summary>What the user has pinned.</summary>
[FeatureService]
sealed class PinsService(Database database, TimeProvider time)
{
    /// <summary>All pins, newest first.</summary>
    public IReadOnlyList<Pin> List()
    {
        using var db = database.Read();
        // The row id decides between rows of the reference, whose times are whole seconds.
        return [.. db.Pins.FromSqlRaw("SELECT * FROM pins ORDER BY created_at DESC, rowid DESC")];
    }

    /// <summary>Pins an item; pinning again returns the same pin.</summary>
    /// <param name="title">Replaces the title unless blank; a new pin without one is called by its id.</param>
    /// <exception cref="ApiException">400 for a type that cannot be pinned, 422 for texts that are too long or missing.</exception>
    public Task<Pin> PinAsync(string itemType, string itemId, string? title, CancellationToken ct)
    {
        if (!Pin.Types.Contains(itemType))
            throw ApiException.BadRequest("unknown_item_type", $"Only these can be pinned: {string.Join(", ", Pin.Types)}.");
        TextField.Required("item_id", itemId, Pin.MaxKey);
        var given = string.IsNullOrWhiteSpace(title) ? null : TextField.Limited("title", title, Pin.MaxTitle);
        return database.WriteAsync(w => Put(w.Db, itemType, itemId, given), ct);
    }

    /// <exception cref="ApiException">404: it is not pinned.</exception>
    public async Task UnpinAsync(string itemType, string itemId, CancellationToken ct)
    {
        if (await database.WriteAsync(w => w.Execute("DELETE FROM pins WHERE item_type = ?1 AND item_id = ?2", itemType, itemId), ct) == 0)
            throw ApiException.NotFound("pin_not_found", "This is not pinned.");
    }

    Pin Put(CoworkDb db, string itemType, string itemId, string? title)
    {
        var now = time.UtcNow();
        var pin = db.Pins.FirstOrDefault(p => p.ItemType == itemType && p.ItemId == itemId);
        if (pin is null)
        {
            pin = new() { Id = Guid.NewGuid(), ItemType = itemType, ItemId = itemId, Title = title ?? itemId, CreatedAt = now, ModifiedAt = now };
            db.Pins.Add(pin);
        }
        else if (title is not null && title != pin.Title)
        {
            pin.Title = title;
            pin.ModifiedAt = now;
        }

        db.SaveChanges();
        return pin;
    }
}
