using System.Reflection;
using Cowork.Abstractions;
using Cowork.Testing;
using Xunit.Sdk;

namespace Cowork.ContractTests;

/// <summary>The kit must fail each harness that breaks a rule, by that rule and no other.</summary>
[Collection(OneAfterTheOther.Name)]
public sealed class KitTests
{
    // The bad plugins share an assembly, where a real one has its own.
    static readonly string[] Apart = [nameof(EchoTests.The_server_finds_it)];

    [Fact]
    public Task A_good_harness_passes() => FailsAsync<DoesEverythingRight>();

    [Fact]
    public Task A_good_memory_passes() => FailsAsync<RemembersEverything>();

    [Fact]
    public Task Silence_is_no_answer() => FailsAsync<SaysNothing>(nameof(EchoTests.It_answers_in_text));

    [Fact]
    public Task Empty_text_is_found() => FailsAsync<SendsEmptyText>(nameof(EchoTests.It_sends_no_empty_text));

    [Fact]
    public Task Empty_reasoning_is_found() => FailsAsync<SendsEmptyReasoning>(nameof(EchoTests.It_sends_no_empty_text));

    [Fact]
    public Task A_call_without_an_id_is_found() => FailsAsync<GivesACallNoId>(nameof(EchoTests.Each_tool_call_has_an_id_of_its_own));

    [Fact]
    public Task A_call_without_a_name_is_found() => FailsAsync<GivesAToolNoName>(nameof(EchoTests.Each_tool_call_has_an_id_of_its_own));

    [Fact]
    public Task Two_calls_with_one_id_are_found() => FailsAsync<UsesAToolIdTwice>(nameof(EchoTests.Each_tool_call_has_an_id_of_its_own));

    [Fact]
    public Task Arguments_before_their_start_are_found() => FailsAsync<StartsAToolTooLate>(nameof(EchoTests.A_tool_starts_before_anything_else_is_said_of_it));

    [Fact]
    public Task A_call_under_two_names_is_found() => FailsAsync<RenamesATool>(nameof(EchoTests.A_tool_starts_before_anything_else_is_said_of_it));

    [Fact]
    public Task Half_arguments_are_found() => FailsAsync<SendsHalfOfTheArguments>(nameof(EchoTests.Tool_arguments_are_complete_JSON));

    [Fact]
    public Task Arguments_that_are_complete_twice_are_found() => FailsAsync<CompletesArgumentsTwice>(nameof(EchoTests.Each_tool_call_has_an_id_of_its_own));

    [Fact]
    public Task A_call_that_is_left_open_is_found() => FailsAsync<LeavesACallOpen>(nameof(EchoTests.Each_tool_call_is_completed));

    [Fact]
    public Task A_result_without_arguments_is_found() => FailsAsync<CompletesACallWithoutArguments>(nameof(EchoTests.Each_tool_call_is_completed));

    [Fact]
    public Task A_call_with_two_results_is_found() => FailsAsync<CompletesACallTwice>(nameof(EchoTests.Each_tool_call_is_completed));

    [Fact]
    public Task More_tokens_from_the_cache_than_were_read_are_found() => FailsAsync<ReadsMoreFromTheCacheThanAtAll>(nameof(EchoTests.Counts_of_tokens_make_sense));

    [Fact]
    public Task Negative_counts_are_found() => FailsAsync<CountsBackwards>(nameof(EchoTests.Counts_of_tokens_make_sense));

    [Fact]
    public Task A_warning_without_a_code_is_found() => FailsAsync<WarnsWithoutACode>(nameof(EchoTests.Warnings_have_a_code_and_a_sentence));

    [Fact]
    public Task A_warning_without_a_sentence_is_found() => FailsAsync<WarnsWithoutASentence>(nameof(EchoTests.Warnings_have_a_code_and_a_sentence));

    [Fact]
    public Task A_failure_that_is_a_defect_is_found() => FailsAsync<ThrowsAnything>(nameof(EchoTests.A_failed_turn_has_a_code_and_a_sentence));

    [Fact]
    public Task A_defect_in_the_place_of_an_answer_is_found() =>
        FailsAsync<ThrowsInsteadOfAnswering>(
            nameof(EchoTests.It_answers_in_text), nameof(EchoTests.Turns_at_once_do_not_disturb_each_other), nameof(EchoTests.A_turn_that_is_stopped_before_its_first_event_ends));

    [Fact]
    public Task A_failure_that_is_no_sentence_is_found() => FailsAsync<FailsWithoutASentence>(nameof(EchoTests.A_failed_turn_has_a_code_and_a_sentence));

    [Fact]
    public Task A_key_in_a_failure_is_found() => FailsAsync<ShowsTheKey>(nameof(EchoTests.Nothing_shows_a_secret));

    [Fact]
    public Task A_key_in_an_event_is_found() => FailsAsync<SaysTheKey>(nameof(EchoTests.Nothing_shows_a_secret));

    [Fact]
    public Task A_key_in_the_log_is_found() => FailsAsync<LogsTheKey>(nameof(EchoTests.Nothing_shows_a_secret));

    [Fact]
    public Task A_key_in_a_question_is_found() => FailsAsync<AsksWithTheKey>(nameof(EchoTests.Nothing_shows_a_secret));

    [Fact]
    public Task A_key_in_an_approval_is_found() => FailsAsync<WantsApprovalWithTheKey>(nameof(EchoTests.Nothing_shows_a_secret));

    [Fact]
    public Task A_key_in_a_file_is_found() => FailsAsync<WritesTheKeyDown>(nameof(EchoTests.Nothing_shows_a_secret));

    [Fact]
    public Task A_key_in_the_memory_is_found() => FailsAsync<RemembersTheKey>(nameof(EchoTests.Nothing_shows_a_secret));

    [Fact]
    public Task A_run_that_says_everything_although_it_is_stopped_is_found() =>
        FailsAsync<SaysEverythingAlthoughItIsStopped>(nameof(EchoTests.A_turn_that_is_stopped_in_the_middle_ends));

    [Fact]
    public async Task A_long_question_that_is_answered_in_one_piece_is_skipped_and_not_passed() =>
        Assert.Contains("LongQuestion", (await OutcomeAsync<AnswersInOnePiece>(nameof(EchoTests.A_turn_that_is_stopped_in_the_middle_ends)) as SkipException)?.Message, StringComparison.Ordinal);

    [Fact]
    public Task A_run_that_ignores_the_end_is_found() => FailsAsync<CannotBeStopped>(
        nameof(EchoTests.A_turn_that_is_stopped_before_its_first_event_ends), nameof(EchoTests.A_turn_that_is_stopped_in_the_middle_ends));

    [Fact]
    public Task A_harness_for_one_turn_at_a_time_is_found() => FailsAsync<RunsOneTurnAtATime>(nameof(EchoTests.Turns_at_once_do_not_disturb_each_other));

    [Fact]
    public Task A_good_job_passes() => FailsAsync<WorksNowAndThen>();

    [Fact]
    public Task A_job_that_ignores_the_end_is_found() => FailsAsync<NeverEndsItsJob>(nameof(EchoTests.A_job_that_is_told_to_end_ends));

    [Fact]
    public async Task A_job_that_is_never_due_is_found() =>
        Assert.Contains("must have either an interval", (await OutcomeAsync<DeclaresAJobThatIsNeverDue>(nameof(EchoTests.The_server_accepts_what_it_declares)))?.Message, StringComparison.Ordinal);

    [Fact]
    public Task A_service_runs_while_its_plugin_is_asked() => FailsAsync<NeedsItsService>();

    [Fact]
    public Task A_service_that_ignores_the_end_is_found() => FailsAsync<NeverEndsItsService>(nameof(EchoTests.Its_background_services_start_and_stop));

    [Fact]
    public async Task A_service_that_does_not_start_is_found() =>
        Assert.Contains("The port is taken.", (await OutcomeAsync<ServiceDoesNotStart>(nameof(EchoTests.Its_background_services_start_and_stop)))?.Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_service_that_breaks_off_is_found() =>
        Assert.Contains("The connection is gone.", (await OutcomeAsync<ServiceBreaksOff>(nameof(EchoTests.Its_background_services_start_and_stop)))?.Message, StringComparison.Ordinal);

    [Fact]
    public Task A_timer_that_a_service_leaves_behind_is_found() => FailsAsync<LeavesATimerBehind>(nameof(EchoTests.It_leaves_the_memory_when_it_is_unloaded));

    [Fact]
    public Task A_good_endpoint_passes() => FailsAsync<AnswersRequests>();

    [Fact]
    public async Task An_endpoint_that_fails_is_found() =>
        Assert.Contains("boom", (await OutcomeAsync<FailsInAnEndpoint>(nameof(EchoTests.It_answers_requests)))?.Message, StringComparison.Ordinal);

    [Fact]
    public Task An_endpoint_that_keeps_the_plugin_is_found() => FailsAsync<KeepsWhatIsAsked>(nameof(EchoTests.It_leaves_the_memory_when_it_is_unloaded));

    [Fact]
    public Task A_plugin_that_stays_in_memory_is_found() => FailsAsync<NeverLeaves>(nameof(EchoTests.It_leaves_the_memory_when_it_is_unloaded));

    [Fact]
    public Task A_memory_that_changes_what_is_saved_again_is_found() => FailsAsync<AppendsALine>(nameof(EchoTests.What_is_saved_is_remembered));

    [Fact]
    public Task A_memory_that_mixes_projects_is_found() => FailsAsync<MixesProjects>(nameof(EchoTests.Memory_of_a_project_stays_in_the_project));

    [Fact]
    public Task A_memory_that_takes_any_path_is_found() => FailsAsync<TakesAnyPath>(nameof(EchoTests.Memory_paths_that_lead_out_are_refused));

    [Fact]
    public async Task A_malformed_declaration_is_found() =>
        Assert.Contains("malformed", (await OutcomeAsync<DeclaresABadSetting>(nameof(EchoTests.The_server_accepts_what_it_declares)))?.Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_plugin_that_is_not_the_one_of_its_assembly_is_found() =>
        Assert.Contains("exactly one public class", (await OutcomeAsync<DoesEverythingRight>(nameof(EchoTests.The_server_finds_it)))?.Message, StringComparison.Ordinal);

    static async Task FailsAsync<TPlugin>(params string[] expected)
        where TPlugin : class, ICoworkPlugin, new()
    {
        var failed = new List<string>();
        // Seconds of collections for each plugin; those that are good, and those that stay, show that the rule tells them apart.
        bool IsWorthIt(string rule) => rule != nameof(EchoTests.It_leaves_the_memory_when_it_is_unloaded) || expected is [] || expected.Contains(rule);
        foreach (var rule in typeof(Kit<TPlugin>).GetMethods().Where(m => m.GetCustomAttribute<FactAttribute>() is not null && !Apart.Contains(m.Name) && IsWorthIt(m.Name)))
        {
            if (await OutcomeAsync<TPlugin>(rule.Name) is { } outcome and not SkipException)
                failed.Add($"{rule.Name}: {outcome.Message}");
        }

        Assert.Equal(expected.Order(StringComparer.Ordinal), failed.Select(f => f.Split(':')[0]).Order(StringComparer.Ordinal));
    }

    static async Task<Exception?> OutcomeAsync<TPlugin>(string rule)
        where TPlugin : class, ICoworkPlugin, new()
    {
        await using var kit = new Kit<TPlugin>();
        try
        {
            await (Task)(typeof(Kit<TPlugin>).GetMethod(rule)!.Invoke(kit, null) ?? Task.CompletedTask);
            return null;
        }
        catch (TargetInvocationException e)
        {
            return e.InnerException;
        }
        catch (Exception e)
        {
            // Assert would end this test for a rule that was skipped, too.
            return e;
        }
    }

    sealed class Kit<TPlugin> : HarnessConformance<TPlugin>
        where TPlugin : class, ICoworkPlugin, new()
    {
        protected override ModelChoice Model => new() { Provider = "openai", Model = "none" };

        protected override string LongQuestion => "long";

        protected override IReadOnlyList<string> FailingQuestions => ["fail"];

        protected override TimeSpan Patience => TimeSpan.FromSeconds(IsOneOf(typeof(NeverEndsItsService)) ? 0.3 : 2);

        protected override TimeSpan UnloadPatience =>
            IsOneOf(typeof(NeverLeaves), typeof(LeavesATimerBehind), typeof(KeepsWhatIsAsked)) ? TimeSpan.FromSeconds(2) : base.UnloadPatience;

        protected override async Task RequestAsync(HttpClient http, CancellationToken ct)
        {
            if (typeof(TPlugin).IsAssignableTo(typeof(IHasNotes)))
                (await http.GetAsync("notes", ct)).Dispose();
        }

        static bool IsOneOf(params Type[] plugins) => plugins.Contains(typeof(TPlugin));
    }
}
