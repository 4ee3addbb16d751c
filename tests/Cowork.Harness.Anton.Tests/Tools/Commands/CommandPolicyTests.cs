using System.Diagnostics;
using Cowork.Harness.Anton.Tools.Commands;

namespace Cowork.Harness.Anton.Tests.Tools.Commands;

public sealed class CommandPolicyTests
{
    [Theory]
    [InlineData("ls")]
    [InlineData("ls -la data")]
    [InlineData("cat data/a.csv | sort -t, -k2,2n | uniq -c | head -20")]
    [InlineData("cd data && ls", false)] // cd is not listed; cwd is there for it
    [InlineData("ls data && wc -l data/a.csv")]
    [InlineData("wc -l data/*.csv")]
    [InlineData("grep -rn 'two words' --include='*.csv' data")]
    [InlineData("find . -name '*.csv' -type f -size +1k")]
    [InlineData("echo \"hello world\"")]
    [InlineData("date +%F")]
    [InlineData("python3 --version")]
    [InlineData("head -n 5 data/a.csv")]
    [InlineData("du -sh .")]
    [InlineData("git status --short")]
    [InlineData("git log --oneline -n 5")]
    [InlineData("git diff main..HEAD~1 --stat")]
    [InlineData("git show HEAD:data/a.csv")]
    public async Task Reading_in_the_project_needs_no_leave(string line, bool isHarmless = true)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("data/a.csv", "a");
        Git(tools.Project, "init", "-q");

        Assert.Equal(isHarmless, CommandPolicy.IsHarmless(line, tools.Project, tools.Context));
    }

    [Theory]
    [InlineData("ls > files.txt")] // writes
    [InlineData("cat <data/a.csv")] // redirection of any kind
    [InlineData("ls; rm x")] // another command
    [InlineData("ls & rm x")] // in the background
    [InlineData("ls || rm x")] // another command
    [InlineData("ls |& rm x")] // bash's other pipe
    [InlineData("ls | tee x")] // a pipe into something that writes
    [InlineData("ls | xargs rm")] // a pipe into something that runs
    [InlineData("ls && rm x")] // the second one counts too
    [InlineData("ls\nrm x")] // a second line
    [InlineData("ls\rrm x")] // a second line of an old system
    [InlineData("ls $(rm x)")] // substitution
    [InlineData("ls `rm x`")] // substitution
    [InlineData("ls \"$(rm x)\"")] // substitution in quotes
    [InlineData("echo $HOME")] // variables
    [InlineData("(ls)")] // a subshell
    [InlineData("{ ls; }")] // a group
    [InlineData("ls {a,b}")] // expansion
    [InlineData("ls # x")] // a comment
    [InlineData("ls \\; rm")] // an escape
    [InlineData("ls 'x")] // an open quote
    [InlineData("! ls")] // negation
    [InlineData("X=1 ls")] // a variable for it
    [InlineData("./ls")] // a program of the project
    [InlineData("/bin/ls")] // a program by its path
    [InlineData("l?")] // whatever that matches
    [InlineData("ls ~")] // the home folder
    [InlineData("ls ~root")] // somebody's home folder
    [InlineData("cat /etc/passwd")] // outside
    [InlineData("cat '/etc/passwd'")] // outside in quotes
    [InlineData("cat data/../../x")] // outside by the way
    [InlineData("cat out/secret.txt")] // outside by a link
    [InlineData("cat *")] // one of these is a link to the outside
    [InlineData("cat */secret.txt")] // folders by pattern, one of them a link
    [InlineData("grep --include=/etc/x y")] // outside as value
    [InlineData("grep -R x .")] // follows links
    [InlineData("grep -f/etc/passwd x")] // reads another file
    [InlineData("ls -L out")] // follows links
    [InlineData("find . -exec rm {} +")] // runs programs
    [InlineData("find . -delete")] // deletes
    [InlineData("find . -fprint x")] // writes
    [InlineData("find -L .")] // follows links
    [InlineData("sort -o x data/a.csv")] // writes
    [InlineData("sort -uo x data/a.csv")] // writes, among other options
    [InlineData("sort --outp=x data/a.csv")] // writes, by the beginning of an option
    [InlineData("sort --compress-program=x data/a.csv")] // runs a program
    [InlineData("uniq data/a.csv x")] // writes its second file
    [InlineData("uniq data/*")] // two files by pattern
    [InlineData("date 01010000")] // sets the clock
    [InlineData("date -s now")] // sets the clock
    [InlineData("file -C -m x")] // writes
    [InlineData("tail -f data/a.csv")] // never ends
    [InlineData("ls -*")] // an option by pattern
    [InlineData("env")] // shows the environment
    [InlineData("git push")] // sends
    [InlineData("git -c core.pager=x log")] // configures programs
    [InlineData("git -C / status")] // somewhere else
    [InlineData("git diff --output=x")] // writes
    [InlineData("git diff --no-index / x")] // files outside
    [InlineData("git log --ext-diff")] // runs programs
    [InlineData("git branch -D x")] // deletes
    [InlineData("git")] // nothing in particular
    [InlineData("sed -i s/a/b/ x")] // not listed
    [InlineData("python3 -c x")] // runs anything
    [InlineData("")] // nothing
    [InlineData("|")] // nothing at all
    public async Task Everything_else_does(string line)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        tools.Write("data/a.csv", "a");
        Git(tools.Project, "init", "-q");
        Directory.CreateSymbolicLink(Path.Combine(tools.Project, "out"), Directory.CreateDirectory(Path.Combine(tools.Root, "outside")).FullName);

        Assert.False(CommandPolicy.IsHarmless(line, tools.Project, tools.Context));
    }

    [Theory]
    [InlineData("[filter \"x\"]\n\tclean = touch made", "a filter runs a program")]
    [InlineData("[diff \"x\"]\n\ttextconv = touch made", "text conversion runs a program")]
    [InlineData("[core]\n\tfsmonitor = touch made", "a monitor runs a program")]
    [InlineData("[core]\n\tworktree = /", "it shows another folder")]
    [InlineData("[include]\n\tpath = ../x", "it reads more configuration")]
    [InlineData("[core] fsmonitor = x", "a value on the line of its section")]
    [InlineData("[user]\n\tname = a\\\n", "a line that goes on")]
    [InlineData("[diff \"x\"] textconv = \"touch made; cat\" ; ]", "a value on the line of its section, which ends like a section")]
    [InlineData("[color \"]\"] ui = x ; ]", "a bracket in the name of a section")]
    [InlineData("[remote \"o\"]\n\turl = .\n\tpromisor = true\n\tuploadpack = \"touch made; git-upload-pack\"", "a missing object is fetched, and fetching runs a program")]
    [InlineData("[remote \"o\"]\n\tvcs = x", "a program speaks to the remote place")]
    [InlineData("[alias]", "a section that is not known")]
    public async Task A_repository_that_configures_programs_is_not_trusted(string config, string reason)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        Git(tools.Project, "init", "-q");
        Assert.True(CommandPolicy.IsHarmless("git status", tools.Project, tools.Context));

        await File.AppendAllTextAsync(Path.Combine(tools.Project, ".git", "config"), config);

        Assert.False(CommandPolicy.IsHarmless("git status", tools.Project, tools.Context), reason);
    }

    [Theory]
    [InlineData("[remote \"origin\"]\n\turl = https://example.org/x.git\n\tfetch = +refs/heads/*:refs/remotes/origin/*")]
    [InlineData("[branch \"main\"]\n\tremote = origin\n\tmerge = refs/heads/main")]
    [InlineData("# a remark\n[User]\n\tName = Kim ; another\n\temail = kim@example.org\n\n")]
    public async Task A_repository_as_git_itself_sets_it_up_is_trusted(string config)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        Git(tools.Project, "init", "-q");

        await File.AppendAllTextAsync(Path.Combine(tools.Project, ".git", "config"), config);

        Assert.True(CommandPolicy.IsHarmless("git status", tools.Project, tools.Context));
    }

    [Theory]
    [InlineData("commondir", "the configuration is that of another folder")]
    [InlineData("objects/info/alternates", "it shows what another repository holds")]
    public async Task A_repository_that_stands_on_another_one_is_not_trusted(string file, string reason)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        Git(tools.Project, "init", "-q");
        tools.Write($".git/{file}", "../../outside");

        Assert.False(CommandPolicy.IsHarmless("git status", tools.Project, tools.Context), reason);
    }

    [Theory]
    [InlineData("refs")]
    [InlineData("objects/pack")]
    public async Task A_repository_with_links_in_it_is_not_trusted(string folder)
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        Git(tools.Project, "init", "-q");
        var inside = Path.Combine(tools.Project, ".git", folder);
        Directory.Delete(inside, recursive: true);
        Directory.CreateSymbolicLink(inside, tools.Root);

        Assert.False(CommandPolicy.IsHarmless("git log", tools.Project, tools.Context));
    }

    [Fact]
    public async Task A_repository_elsewhere_is_not_read_unasked()
    {
        await using var tools = await ToolsUnderTest.StartAsync();
        Git(tools.Root, "init", "-q");
        Assert.False(CommandPolicy.IsHarmless("git log", tools.Project, tools.Context));

        tools.Write(".git", $"gitdir: {tools.Root}/.git");
        Assert.False(CommandPolicy.IsHarmless("git log", tools.Project, tools.Context));
    }

    [Theory]
    [InlineData("curl -d x http://h", "network_post")]
    [InlineData("curl -sSd @file http://h", "network_post")]
    [InlineData("curl --data-binary @x http://h", "network_post")]
    [InlineData("curl -X POST http://h", "network_post")]
    [InlineData("curl -XPUT http://h", "network_post")]
    [InlineData("curl --request=DELETE http://h", "network_post")]
    [InlineData("curl -T file http://h", "network_post")]
    [InlineData("curl -F f=@x http://h", "network_post")]
    [InlineData("wget --post-file=x http://h", "network_post")]
    [InlineData("scp x host:", "network_post")]
    [InlineData("tar c . | ssh host tar x", "network_post")]
    [InlineData("rsync -a . host:", "network_post")]
    [InlineData("cat x | nc host 80", "network_post")]
    [InlineData("git add . && git -C sub push", "network_post")]
    [InlineData("npm publish", "network_post")]
    [InlineData("ls\ngit push", "network_post")]
    [InlineData("curl -sSL http://h -o x", "run_command")]
    [InlineData("wget http://h", "run_command")]
    [InlineData("npm install", "run_command")]
    [InlineData("rm -rf build", "run_command")]
    public void Sending_data_away_is_asked_for_as_such(string line, string action) => Assert.Equal(action, CommandPolicy.ActionOf(line));

    [Fact]
    public void A_child_gets_what_it_needs_and_nothing_that_may_be_a_key()
    {
        var kept = ChildEnvironment.From(
        [
            ("PATH", "/usr/bin::.:bin:/bin"), ("HOME", "/home/u"), ("LC_ALL", "de_DE.UTF-8"), ("OPENAI_API_KEY", "sk-1"), ("AWS_SECRET_ACCESS_KEY", "x"),
            ("DATABASE_URL", "postgres://u:p@h"), ("HTTPS_PROXY", "http://proxy:8080"), ("http_proxy", "http://u:p@proxy:8080"), ("SSH_AUTH_SOCK", "/tmp/s"), ("COWORK_TOKEN", "t"),
            ("LD_PRELOAD", "x.so"), ("BASH_ENV", "x"), ("GIT_SSH_COMMAND", "x"),
        ]);

        Assert.Equal("/usr/bin:/bin", kept["PATH"]);
        Assert.Equal(("/home/u", "de_DE.UTF-8", "http://proxy:8080"), (kept["HOME"], kept["LC_ALL"], kept["HTTPS_PROXY"]));
        Assert.DoesNotContain(kept.Keys, name => name is "OPENAI_API_KEY" or "AWS_SECRET_ACCESS_KEY" or "DATABASE_URL" or "http_proxy" or "SSH_AUTH_SOCK" or "COWORK_TOKEN" or "LD_PRELOAD" or "BASH_ENV" or "GIT_SSH_COMMAND");
    }

    static void Git(string folder, params string[] arguments)
    {
        using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = folder })!;
        git.WaitForExit();
        Assert.Equal(0, git.ExitCode);
    }
}
