using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Cowork.Harness.Anton.Tools.Commands;

/// <summary>
/// A process of Windows with all that it starts: ended together, at the latest when the handle is closed, also by the end of this process.
/// </summary>
sealed class JobObject() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    const int ExtendedLimits = 9;
    const uint KillOnClose = 0x2000;

    /// <summary>The job of a process that has just started, or <c>null</c> when Windows does not allow one.</summary>
    public static JobObject? Of(Process process)
    {
        var job = CreateJobObjectW(0, 0);
        var limits = new Limits { Flags = KillOnClose };
        if (!job.IsInvalid && SetInformationJobObject(job, ExtendedLimits, in limits, Marshal.SizeOf<Limits>()) && AssignProcessToJobObject(job, process.SafeHandle))
            return job;
        job.Dispose();
        return null;
    }

    public void End() => TerminateJobObject(this, 1);

    protected override bool ReleaseHandle() => CloseHandle(handle);

    [DllImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    static extern JobObject CreateJobObjectW(nint security, nint name);

    [DllImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    static extern bool SetInformationJobObject(JobObject job, int kind, in Limits limits, int size);

    [DllImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    static extern bool AssignProcessToJobObject(JobObject job, SafeProcessHandle process);

    [DllImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    static extern bool TerminateJobObject(JobObject job, uint exitCode);

    [DllImport("kernel32")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    static extern bool CloseHandle(nint handle);

    /// <summary>JOBOBJECT_EXTENDED_LIMIT_INFORMATION; only the flags are set, the rest keeps its place.</summary>
    [StructLayout(LayoutKind.Sequential)]
    struct Limits
    {
        public long ProcessTime;
        public long JobTime;
        public uint Flags;
        public nuint SmallestWorkingSet;
        public nuint LargestWorkingSet;
        public uint Processes;
        public nuint Affinity;
        public uint Priority;
        public uint Scheduling;
        public ulong ReadOperations;
        public ulong WriteOperations;
        public ulong OtherOperations;
        public ulong ReadBytes;
        public ulong WrittenBytes;
        public ulong OtherBytes;
        public nuint ProcessMemory;
        public nuint JobMemory;
        public nuint PeakProcessMemory;
        public nuint PeakJobMemory;
    }
}
