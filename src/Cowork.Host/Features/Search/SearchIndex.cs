using Cowork.Host.Platform.Data;

namespace Cowork.Host.Features.Search;

/// <summary>Kinds of what can be found; those that the client knows have its names.</summary>
static class SearchKind
{
    public const string Task = "task";
    public const string Message = "message";
    public const string Project = "project";
    public const string Schedule = "schedule";
    public const string Pin = "pin";
    public const string Skill = "skill";
    public const string Artifact = "artifact";
    public const string File = "file";

    /// <summary>In the queue only: an entry of the names, by number, whose row is gone.</summary>
    public const string Name = "name";

    /// <summary>In the queue only: the same of the texts.</summary>
    public const string Text = "text";
}

/// <summary>Writes the index; inside one unit of work of the database's writer.</summary>
static class SearchIndex
{
    const int LongestText = 128 * 1024;

    public static void PutName(WriteScope w, string kind, string item, string name, string? stamp = null)
    {
        var folded = SearchText.Fold(name);
        var id = w.Scalar("INSERT INTO search_names (kind, item, name, stamp) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (kind, item) DO UPDATE SET name = ?3, stamp = ?4 RETURNING id", kind, item, folded, stamp);
        w.Execute("INSERT OR REPLACE INTO search_names_fts (rowid, name) VALUES (?1, ?2)", id, folded);
    }

    public static void PutText(WriteScope w, string kind, string item, string text, string? parent = null)
    {
        var id = w.Scalar("INSERT INTO search_texts (kind, item, parent) VALUES (?1, ?2, ?3) ON CONFLICT (kind, item) DO UPDATE SET parent = ?3 RETURNING id", kind, item, parent);
        w.Execute("INSERT OR REPLACE INTO search_texts_fts (rowid, text) VALUES (?1, ?2)", id, SearchText.ForIndex(text.Length > LongestText ? text[..LongestText] : text));
    }

    public static void Remove(WriteScope w, string kind, string item)
    {
        if (w.Scalar("DELETE FROM search_names WHERE kind = ?1 AND item = ?2 RETURNING id", kind, item) is { } name)
            ForgetName(w, name);
        RemoveText(w, kind, item);
    }

    public static void RemoveText(WriteScope w, string kind, string item)
    {
        if (w.Scalar("DELETE FROM search_texts WHERE kind = ?1 AND item = ?2 RETURNING id", kind, item) is { } text)
            ForgetText(w, text);
    }

    public static void ForgetName(WriteScope w, object number) => w.Execute("DELETE FROM search_names_fts WHERE rowid = ?1", number);

    public static void ForgetText(WriteScope w, object number) => w.Execute("DELETE FROM search_texts_fts WHERE rowid = ?1", number);
}
