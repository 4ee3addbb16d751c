using Cowork.Harness.Anton.Scratchpad;

namespace Cowork.Harness.Anton.Tests.Scratchpad;

public sealed class CellFrameTests
{
    [Fact]
    public void A_frame_is_written_as_Python_would_write_it()
    {
        var frame = new CellFrame("ä€😀", "\"\\/<&'\b\f\n\r\t\0\u001f\u007f\u00a0", "", null, "", "", "\ud800", "ok").ToJson();

        Assert.Equal(
            """{"code": "\u00e4\u20ac\ud83d\ude00", "stdout": "\"\\/<&'\b\f\n\r\t\u0000\u001f"""
                + "\u007f" + """\u00a0", "stderr": "", "error": null, "description": "", "estimated_time": "", "logs": "\ud800", "cell_status": "ok"}""",
            frame);
    }
}
