using System.ComponentModel;
using System.Diagnostics;

namespace Cowork.TestKit;

/// <summary>Code cells and the MCP servers of tests run in Python, which a machine that builds the server need not have.</summary>
public static class PythonOnThisMachine
{
    static readonly Lazy<bool> IsThere = new(Look);

    /// <summary>Why a test that needs it is skipped.</summary>
    public const string SkipReason = "There is no Python 3.9 or newer (python3) on this machine.";

    /// <summary>Whether such a test is to be skipped.</summary>
    public static bool IsMissing => !IsThere.Value;

    static bool Look()
    {
        try
        {
            using var python = Process.Start(new ProcessStartInfo("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 9))"]) { UseShellExecute = false, RedirectStandardError = true })!;
            python.WaitForExit();
            return python.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
