using System.Globalization;

namespace Cowork.Host.Platform.Http;

/// <summary>Which part of a list a caller wants: the query parameters <c>after</c> and <c>limit</c>, the same on every list.</summary>
/// <param name="After">The key of the last entry that the caller has; null for the beginning.</param>
/// <param name="Limit">How many entries; 0 for none, a very large number where the caller sent a negative one, null where it sent none.</param>
sealed record Page(string? After, int? Limit)
{
    /// <summary>Tells of an answer that is an array whether more entries follow; objects say it in a field.</summary>
    public const string HasMoreHeader = "X-Has-More";

    /// <summary>The last entry that the caller has, where entries have ids.</summary>
    /// <exception cref="ApiException">422: it is no UUID.</exception>
    public Guid? AfterId => After is null ? null : RouteId.Parse(After, "after");

    /// <exception cref="ApiException">422: the limit is no number.</exception>
    public static Page Of(HttpRequest request)
    {
        var (after, limit) = (request.Query["after"].ToString(), request.Query["limit"].ToString());
        return new(after.Length == 0 ? null : after, limit.Length == 0 ? null : Number(limit));
    }

    /// <summary>The part of a whole list; all of it for a caller who asked for no part.</summary>
    /// <exception cref="ApiException">404: the entry to go on after is gone.</exception>
    public Slice<T> Cut<T>(IReadOnlyList<T> all, Func<T, Guid> id) => Cut(all, entry => id(entry).ToString(), AfterId?.ToString());

    /// <inheritdoc cref="Cut{T}(IReadOnlyList{T}, Func{T, Guid})"/>
    public Slice<T> Cut<T>(IReadOnlyList<T> all, Func<T, string> key) => Cut(all, key, After);

    public static ApiException Gone() => ApiException.NotFound("cursor_gone", "The entry given as 'after' no longer exists. Read the list from its beginning.");

    Slice<T> Cut<T>(IReadOnlyList<T> all, Func<T, string> key, string? after)
    {
        var start = 0;
        if (after is not null)
        {
            while (start < all.Count && key(all[start]) != after)
                start++;
            if (start++ == all.Count)
                throw Gone();
        }

        var count = Math.Min(Limit ?? int.MaxValue, all.Count - start);
        return count == all.Count ? new(all, false) : new([.. all.Skip(start).Take(count)], start + count < all.Count);
    }

    static int Number(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit)
            ? limit < 0 ? int.MaxValue : limit
            : throw ApiException.Invalid("limit", "limit must be a whole number; a negative one means no limit.");
}

/// <summary>A part of a list.</summary>
/// <param name="HasMore">Whether entries follow; ask for them with <c>after</c> = the last one's key.</param>
sealed record Slice<T>(IReadOnlyList<T> Items, bool HasMore)
{
    /// <summary>Says in a header whether entries follow.</summary>
    /// <returns>The entries.</returns>
    public IReadOnlyList<T> Announce(HttpResponse response)
    {
        response.Headers[Page.HasMoreHeader] = HasMore ? "true" : "false";
        return Items;
    }
}
