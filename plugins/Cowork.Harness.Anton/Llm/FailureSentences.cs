using System.Globalization;
using Cowork.Abstractions;

namespace Cowork.Harness.Anton.Llm;

/// <summary>What people read when a model call failed: what happened, and what they can do.</summary>
static class FailureSentences
{
    public static HarnessException ToException(this ProviderFailure failure, ModelChoice choice)
    {
        var (code, sentence) = Describe(failure, Label(choice), choice);
        var retryable = failure.IsTransient || failure.Kind is FailureKind.Silent or FailureKind.EmptyAnswer;
        return new(code, sentence, retryable, failure.Cause);
    }

    public static string Label(ModelChoice choice) => choice.Provider switch
    {
        "anthropic" => "Anthropic",
        "openai" => "OpenAI",
        "gemini" => "Gemini",
        "minds_cloud" => "MindsHub",
        _ => "The OpenAI-compatible server",
    };

    static (string Code, string Sentence) Describe(ProviderFailure failure, string label, ModelChoice choice) => failure.Kind switch
    {
        FailureKind.KeyRefused when choice.ApiKey is null =>
            (FailureCodes.ProviderAuth, $"{label} asks for an API key. Enter one in Settings, then send the message again."),
        FailureKind.KeyRefused =>
            (FailureCodes.ProviderAuth, $"{label} refused the API key. Check in Settings that it is complete, not expired and meant for this provider."),
        FailureKind.ModelForbidden =>
            (FailureCodes.ModelAccessDenied, $"{label} does not let this API key use the model “{choice.Model}”. Choose another model in Settings, or ask for access to it."),
        FailureKind.BudgetExhausted =>
            (FailureCodes.TokenLimit, $"The tokens or credit of your {Account(choice)} account are used up. Check its plan and billing, or choose another provider in Settings."),
        FailureKind.RateLimited =>
            (FailureCodes.RateLimited, $"{label} gets too many requests from this account at the moment. {Later(failure, "Wait a minute, then send the message again.")}"),
        FailureKind.UnknownModel =>
            (FailureCodes.UnknownModel, $"{label} does not know the model “{choice.Model}”. Check its name in Settings, or choose another model."),
        FailureKind.ImageRefused =>
            (FailureCodes.ImageFormat, $"{label} could not read an image. Attach it as PNG or JPEG, or choose a model that reads images."),
        FailureKind.ToolsRefused =>
            (FailureCodes.ProviderRejected, $"The model “{choice.Model}” cannot call tools, which this needs. Choose another model in Settings."),
        FailureKind.ContextOverflow or FailureKind.OutputLimitTooHigh =>
            (FailureCodes.ContextOverflow, $"This is more than the model “{choice.Model}” can read, even after shortening. Start a new conversation, or send a shorter message."),
        FailureKind.WrongAddress =>
            (FailureCodes.ProviderRejected, $"{label} does not answer like a model API at this address. Check the base URL in Settings."),
        FailureKind.Overloaded or FailureKind.ServerError =>
            (FailureCodes.ProviderOverloaded, $"{label} has trouble answering at the moment. {Later(failure, "Wait a little, then send the message again.")}"),
        FailureKind.Unreachable =>
            (FailureCodes.ProviderOverloaded, $"{label} cannot be reached. Check the internet connection and the base URL in Settings, then send the message again."),
        FailureKind.Silent =>
            (FailureCodes.ProviderOverloaded, $"{label} sent nothing for a long time, so Anton stopped waiting. Send the message again, or choose a faster model."),
        FailureKind.ConnectionLost =>
            (FailureCodes.ConnectionLost, $"The connection to {Inline(label)} broke before the answer was complete. Send the message again, or ask Anton to go on."),
        FailureKind.Unreadable =>
            (FailureCodes.ProviderRejected, $"{label} answered in a form that Anton cannot read. Check the base URL and the model in Settings."),
        FailureKind.EmptyAnswer =>
            ("empty_answer", $"The model “{choice.Model}” gave an empty answer. Send the message again, or put it in other words."),
        FailureKind.OnlyReasoning =>
            ("empty_answer", $"The model “{choice.Model}” used up its whole answer for thinking. Choose a lower reasoning effort in Settings, or ask for less at once."),
        FailureKind.Refused =>
            (FailureCodes.ProviderRejected, $"{label} declined to answer this message. Put it in other words, or choose another model."),
        _ =>
            (FailureCodes.ProviderRejected, $"{label} refused the request. Check the model and its reasoning effort in Settings."),
    };

    static string Later(ProviderFailure failure, string otherwise) => failure.RetryAfter is { TotalMinutes: >= 1 and var minutes }
        ? string.Create(CultureInfo.InvariantCulture, $"It asks to wait: try again in {Math.Ceiling(minutes)} minutes.")
        : otherwise;

    static string Account(ModelChoice choice) => choice.Provider == "openai_compatible" ? "provider" : Label(choice);

    static string Inline(string label) => label.StartsWith("The ", StringComparison.Ordinal) ? $"the {label[4..]}" : label;
}
