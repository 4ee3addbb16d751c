namespace Cowork.Architecture.Tests.Assets.Documented;

/// <summary>Says something about itself, but not about all of its members.</summary>
public sealed class HalfDocumented
{
    /// <summary>Known.</summary>
    public int Known { get; set; }

    /// <summary></summary>
    public int Empty { get; set; }

    /// <inheritdoc/>
    public override string ToString() => "";

    public void Silent() => Known++;

    internal void Hidden() => Empty++;
}
