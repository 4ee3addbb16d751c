using System.Text.Json;
using System.Text.Json.Nodes;
using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Scratchpad;

/// <summary>What runs the code of cells: Python in child processes. All that the scratchpad knows of a language is behind this.</summary>
interface ICellRuntime
{
    /// <summary>Whether this machine has what it takes, as far as is known within a moment. Looked up once; while it is missing, again from time to time.</summary>
    ValueTask<bool> IsAvailableAsync(CancellationToken ct);

    /// <summary>What people should know of it now: that it is missing or on its way, or not the one that they chose; <c>null</c> when all is well.</summary>
    HarnessEvent.Warning? Notice { get; }

    /// <summary>Starts an interpreter and brings back what the folder holds of an earlier one.</summary>
    /// <param name="folder">Where state is kept; exists.</param>
    /// <param name="directory">The working directory of cells.</param>
    /// <param name="ct">The turn's token.</param>
    /// <exception cref="Tools.ToolException">It cannot be started.</exception>
    Task<ICellSession> StartAsync(string folder, string directory, CancellationToken ct);

    /// <summary>Installs packages for all cells.</summary>
    /// <param name="packages">Names as the model wrote them.</param>
    /// <param name="report">Gets what the installer says, line by line.</param>
    /// <param name="ct">The turn's token.</param>
    /// <returns>What the installer said.</returns>
    /// <exception cref="Tools.ToolException">A name cannot be used, or the installation failed.</exception>
    Task<string> InstallAsync(IReadOnlyList<string> packages, Action<string> report, CancellationToken ct);
}

/// <summary>A running interpreter with its variables. Runs one cell at a time. Disposing it saves the variables first.</summary>
interface ICellSession : IAsyncDisposable
{
    /// <summary>The working directory it was started in.</summary>
    string Directory { get; }

    bool IsAlive { get; }

    /// <summary>What came back of an earlier interpreter; <c>null</c> when there was none.</summary>
    RestoredState? Restored { get; }

    /// <summary>Runs a cell. However it ends, the result says so; a stopped turn is the only exception.</summary>
    Task<CellEnd> RunAsync(CellRequest cell, ICellObserver observer, CancellationToken ct);

    /// <summary>Ends it at once, nothing is saved.</summary>
    Task KillAsync();
}

/// <param name="Cell">The last cell whose changes are in it.</param>
/// <param name="Lost">Variables that could not be kept, with the reason.</param>
sealed record RestoredState(int Cell, IReadOnlyList<string> Lost);

/// <param name="Number">Counts up over all cells of the pad.</param>
/// <param name="Code">What to run.</param>
/// <param name="Limit">How long it may take.</param>
/// <param name="Offers">Names of what the server does for the cell.</param>
/// <param name="Model">The model behind <c>get_llm()</c>.</param>
sealed record CellRequest(int Number, string Code, TimeSpan Limit, IReadOnlyList<string> Offers, string? Model);

/// <summary>What a running cell says. Called in order, from one thread at a time; calls may overlap.</summary>
interface ICellObserver
{
    void Output(CellStream stream, string text);

    void Progress(string message);

    /// <exception cref="Tools.ToolException">It cannot be done; the cell gets the message as an exception.</exception>
    Task<JsonNode?> CallAsync(string name, JsonElement arguments, CancellationToken ct);
}

enum CellStream
{
    Output,
    Errors,
    Logs,
}

enum CellStatus
{
    Ok,
    Error,
    Timeout,
    Cancelled,
}

/// <param name="Status">How the cell ended.</param>
/// <param name="Error">A traceback or a sentence; <c>null</c> when all went well.</param>
/// <param name="MissingModule">The module that an import did not find.</param>
sealed record CellEnd(CellStatus Status, string? Error, string? MissingModule = null);
