using Cowork.Host.Platform.Data;
using Cowork.Host.Platform.Hosting;
using Cowork.Host.Platform.Http;

namespace Cowork.Host.Features.Pins;

/// <summary>What the user has pinned.</summary>
[FeatureService]
sealed class PinsService(Database database, TimeProvider time)
{
    /// <summary>All pins, newest first.</summary>
    public IReadOnlyList<PinRow> List() =>
        database.Query(statements => statements.List(
            r => new PinRow(Encodings.ToId(r.GetString(0)), r.GetString(1), r.GetString(2), r.GetString(3), Encodings.ToTime(r.GetString(4)), Encodings.ToTime(r.GetString(5))),
            // The row id decides between rows of the reference, whose times are whole seconds.
            "SELECT id, item_type, item_id, COALESCE(title, item_id), created_at, modified_at FROM pins ORDER BY created_at DESC, rowid DESC"));

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
