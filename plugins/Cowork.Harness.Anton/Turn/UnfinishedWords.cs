using System.Text.RegularExpressions;

namespace Cowork.Harness.Anton.Turn;

/// <summary>
/// Words of a reply that leaves something undone, in the languages that most users write. A miss costs a check, or saves one; it decides
/// nothing.
/// </summary>
static partial class UnfinishedWords
{
    public static bool AreIn(string answer) => Announces(answer) || Western().IsMatch(answer) || Others().IsMatch(answer);

    /// <summary>An answer that ends with a colon or an open item of a list announces what never came, in every language.</summary>
    static bool Announces(string answer)
    {
        var end = answer.AsSpan().TrimEnd().TrimEnd("*_");
        return end.EndsWith(":") || end.EndsWith("：") || answer.Contains("[ ]", StringComparison.Ordinal);
    }

    [GeneratedRegex(
        @"\b(could ?n[o']t|cannot|can't|unable to|not able to|did ?n[o']t work|failed|not yet|still (need|have|to)|remain(s|ing)|next,? I|I('ll| will) (now|next|then|continue)|let me (now|next|try|continue)|(part|step|phase) (one|1)\b|first (part|step|half)"
        + @"|konnte (ich )?(\w+ )?nicht|kann (ich )?(\w+ )?nicht|nicht möglich|fehlgeschlagen|gescheitert|noch (nicht|offen)|als nächstes|(jetzt|nun|dann) werde ich|ich werde (jetzt|nun|dann|als)|erster? (teil|schritt)|(teil|schritt) (1|eins)\b"
        + @"|n'ai pas pu|impossible de|échoué|pas encore|ensuite,? je|je vais (maintenant|ensuite|continuer)|première (partie|étape)"
        + @"|no (he )?(pude|podido|puedo)|no se pudo|falló|(todavía|aún) no|a continuación|ahora (voy|vamos) a|primera parte|primer paso"
        + @"|não (consegui|pude|foi possível)|falhou|ainda não|a seguir|agora vou|primeir[ao] (parte|passo)"
        + @"|non (ho potuto|sono riuscit|è stato possibile)|fallit[oa]|non ancora|ora procedo|prim[ao] (parte|passo)"
        + @"|kon (ik )?niet|mislukt|nog niet|vervolgens|nu ga ik|eerste (deel|stap)"
        + @"|nie (mogłem|mogłam|udało)|jeszcze nie|następnie|pierwsz[ay] (część|krok))",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Western();

    /// <summary>Scripts whose words have no blanks or other endings.</summary>
    [GeneratedRegex(
        "не удалось|не смог|не могу|ещё не|еще не|теперь я|первая часть|не вдалося|无法|無法|未能|失败|失敗|尚未|接下来|接下來|第一部分|还没|還沒|できません|まだ|次に|続けて|할 수 없|실패|아직|다음으로",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Others();
}
