using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Cowork.Host.Platform.Hosting;

/// <summary>Says in a sentence for the user why the server cannot listen.</summary>
static class AddressProblem
{
    /// <summary>What the system says when an address is taken or not allowed; null when an exception has another cause.</summary>
    public static string? Find(Exception? e) => e switch
    {
        SocketException socket => socket.Message,
        IOException { InnerException: AddressInUseException inUse } => (inUse.InnerException ?? inUse).Message,
        IOException { InnerException: SocketException socket } => socket.Message,
        _ => null,
    };
}
