using Cowork.Host.Platform.Data;
using Microsoft.Data.Sqlite;

namespace Cowork.Host.Features.Settings;

/// <summary>Looks at the settings in the database file on a connection of its own, whose <c>data_version</c> tells of commits by anybody else. One caller at a time.</summary>
sealed class StoredSettingsFile : IDisposable
{
    SqliteCommand? _version;
    SqliteCommand? _all;
    long _seen = -1;

    /// <summary>Whether anything was committed to the file since the last call.</summary>
    public bool HasChanged(Database database)
    {
        if (_version is null)
        {
            // Kept open for the life of the server: the version of a new connection would say nothing.
            var connection = database.Open();
            (_version, _all) = (connection.CreateCommand(), connection.CreateCommand());
            _version.CommandText = "PRAGMA data_version";
            _all.CommandText = "SELECT key, value FROM settings";
        }

        var version = (long)_version.ExecuteScalar()!;
        if (version == _seen)
            return false;
        _seen = version;
        return true;
    }

    public Dictionary<string, string> Read()
    {
        var stored = new Dictionary<string, string>();
        using var rows = _all!.ExecuteReader();
        while (rows.Read())
            stored[rows.GetString(0)] = rows.GetString(1);
        return stored;
    }

    public void Dispose()
    {
        _version?.Connection?.Dispose();
        _version?.Dispose();
        _all?.Dispose();
    }
}
