using System.Text;

namespace Cowork.Harness.Anton.Skills;

/// <summary>How alike two labels are, the way people misremember them: letters in the same order, blanks and case aside.</summary>
static class Likeness
{
    /// <summary>The share of characters that lie in common runs: 1 for the same label, 0 for nothing in common.</summary>
    public static double Of(string a, string b)
    {
        var (x, y) = (Slug(a), Slug(b));
        return x.Length + y.Length == 0 ? 1 : 2.0 * Common(x, y) / (x.Length + y.Length);
    }

    /// <summary>Lower case, with one <c>_</c> in place of whatever is neither letter nor digit.</summary>
    public static string Slug(string label)
    {
        var slug = new StringBuilder();
        foreach (var c in label.ToLowerInvariant())
        {
            if (char.IsLetterOrDigit(c))
                slug.Append(c);
            else if (slug.Length > 0 && slug[^1] != '_')
                slug.Append('_');
        }

        return slug.ToString().TrimEnd('_');
    }

    /// <summary>The longest common run, and the same left and right of it.</summary>
    static int Common(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        var (length, inA, inB) = (0, 0, 0);
        for (var i = 0; i < a.Length; i++)
        {
            for (var j = 0; j < b.Length; j++)
            {
                var run = a[i..].CommonPrefixLength(b[j..]);
                if (run > length)
                    (length, inA, inB) = (run, i, j);
            }
        }

        return length == 0 ? 0 : length + Common(a[..inA], b[..inB]) + Common(a[(inA + length)..], b[(inB + length)..]);
    }
}
