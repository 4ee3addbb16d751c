using System.Net;
using Cowork.Harness.Anton.Tools.Web;

namespace Cowork.Harness.Anton.Tests.Tools.Web;

public sealed class PublicAddressesTests
{
    [Theory]
    [InlineData("127.0.0.1")] // this machine
    [InlineData("127.255.255.254")] // this machine, the other end
    [InlineData("0.0.0.0")] // this machine for connects
    [InlineData("10.0.0.1")] // private
    [InlineData("172.16.0.1")] // private
    [InlineData("172.31.255.255")] // private, the other end
    [InlineData("192.168.1.1")] // private
    [InlineData("100.64.0.1")] // shared by a provider's customers
    [InlineData("100.100.100.200")] // metadata of one cloud
    [InlineData("169.254.169.254")] // metadata of most clouds
    [InlineData("169.254.1.1")] // link-local
    [InlineData("192.0.0.192")] // metadata of another cloud
    [InlineData("168.63.129.16")] // the platform of another cloud
    [InlineData("192.0.2.1")] // documentation
    [InlineData("198.18.0.1")] // benchmarks
    [InlineData("198.51.100.1")] // documentation
    [InlineData("203.0.113.1")] // documentation
    [InlineData("224.0.0.1")] // multicast
    [InlineData("240.0.0.1")] // reserved
    [InlineData("255.255.255.255")] // broadcast
    [InlineData("::")] // this machine for connects
    [InlineData("::1")] // this machine
    [InlineData("::ffff:127.0.0.1")] // this machine as IPv4 in IPv6
    [InlineData("::ffff:169.254.169.254")] // metadata as IPv4 in IPv6
    [InlineData("::127.0.0.1")] // the old form of that
    [InlineData("64:ff9b::7f00:1")] // this machine, translated
    [InlineData("64:ff9b::a9fe:a9fe")] // metadata, translated
    [InlineData("64:ff9b:1::1")] // translation inside a network
    [InlineData("2002:7f00:1::")] // this machine through a relay
    [InlineData("2001:0:4136:e378:8000:63bf:3fff:fdd2")] // a tunnel
    [InlineData("2001:db8::1")] // documentation
    [InlineData("fc00::1")] // private
    [InlineData("fd00:ec2::254")] // metadata in IPv6
    [InlineData("fe80::1")] // link-local
    [InlineData("fec0::1")] // site-local
    [InlineData("ff02::1")] // multicast
    public void Addresses_of_this_machine_and_its_network_are_not_public(string address) => Assert.False(PublicAddresses.Contains(IPAddress.Parse(address)));

    [Theory]
    [InlineData("1.1.1.1")]
    [InlineData("172.15.255.255")] // just before the private ones
    [InlineData("172.32.0.1")] // just behind them
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.1")]
    [InlineData("193.0.0.1")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::808:808")] // the internet, translated
    public void Addresses_of_the_internet_are(string address) => Assert.True(PublicAddresses.Contains(IPAddress.Parse(address)));
}
