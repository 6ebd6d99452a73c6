//! Which IP addresses may be connected to.
//!
//! Everything that is not plainly part of the public internet is refused, and the refusal names the class of
//! the address. The tables follow the IANA special-purpose registries. IPv6 starts from `2000::/3`, the only
//! space that is handed out for global use, and takes its special ranges away again; addresses that carry an
//! IPv4 address inside (mapped, NAT64, 6to4, Teredo, ISATAP) are refused as a class, whatever they carry.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};

/// The judge of addresses. Public addresses only, unless it was told otherwise.
///
/// Precedence: what can never be a peer (unspecified, multicast, broadcast) is refused always; then the deny
/// list, then the allow list, then loopback in development mode, then the class of the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressPolicy {
    loopback: bool,
    allowed: Vec<IpNet>,
    denied: Vec<IpNet>,
}

impl AddressPolicy {
    /// Only globally reachable addresses.
    pub fn public_only() -> Self {
        Self::default()
    }

    /// Also `127.0.0.0/8` and `::1`: for development and tests, where receivers run on the same machine.
    #[must_use]
    pub fn allowing_loopback(mut self) -> Self {
        self.loopback = true;
        self
    }

    /// Also these ranges: an operator's own networks that receivers live in.
    #[must_use]
    pub fn allowing(mut self, ranges: impl IntoIterator<Item = IpNet>) -> Self {
        self.allowed.extend(ranges);
        self
    }

    /// Never these ranges, although they may be public: an operator's own machines on public addresses.
    #[must_use]
    pub fn denying(mut self, ranges: impl IntoIterator<Item = IpNet>) -> Self {
        self.denied.extend(ranges);
        self
    }

    /// Whether this address may be connected to; the error is the class that forbids it.
    pub fn judge(&self, address: IpAddr) -> Result<(), AddressClass> {
        let class = AddressClass::of(address);
        if let Some(never) = class.filter(|class| class.is_never_a_peer()) {
            return Err(never);
        }
        if contains(&self.denied, address) {
            return Err(AddressClass::Denied);
        }
        if contains(&self.allowed, address) || (self.loopback && class == Some(AddressClass::Loopback)) {
            return Ok(());
        }
        class.map_or(Ok(()), Err)
    }

    /// Whether loopback addresses may be connected to; a process that allows it says so at start.
    pub fn allows_loopback(&self) -> bool {
        self.judge(Ipv4Addr::LOCALHOST.into()).is_ok() || self.judge(Ipv6Addr::LOCALHOST.into()).is_ok()
    }

    /// Whether private names (`*.internal`, single labels) can lead anywhere that is allowed.
    pub(crate) fn allows_private(&self) -> bool {
        self.loopback || !self.allowed.is_empty()
    }
}

fn contains(ranges: &[IpNet], address: IpAddr) -> bool {
    ranges.iter().any(|range| range.contains(&address))
}

/// Why an address is not part of the public internet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressClass {
    /// `0.0.0.0` and `::`: on many systems another spelling of this machine.
    Unspecified,
    /// This machine.
    Loopback,
    /// Private networks: RFC 1918, unique local, and the former site-local addresses.
    Private,
    /// Carrier-grade NAT, and some clouds' internal services: `100.64.0.0/10`.
    Shared,
    /// This link; `169.254.169.254` is where clouds keep the credentials of a machine.
    LinkLocal,
    /// A cloud's host agent on an address that looks public.
    Metadata,
    /// Groups, not machines.
    Multicast,
    /// Everybody on this link.
    Broadcast,
    /// For examples in documents.
    Documentation,
    /// For measuring network equipment.
    Benchmarking,
    /// Carries an IPv4 address inside: mapped, NAT64, 6to4, Teredo, ISATAP and their relays.
    Transitional,
    /// Everything else that is not handed out for global use.
    Reserved,
    /// On the operator's deny list.
    Denied,
}

impl AddressClass {
    /// The class of an address; none if it is globally reachable.
    pub fn of(address: IpAddr) -> Option<Self> {
        match address {
            IpAddr::V4(address) => of_v4(address),
            IpAddr::V6(address) => of_v6(address),
        }
    }

    /// The name that records, answers and metrics use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "unspecified",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::Shared => "shared",
            Self::LinkLocal => "link_local",
            Self::Metadata => "metadata",
            Self::Multicast => "multicast",
            Self::Broadcast => "broadcast",
            Self::Documentation => "documentation",
            Self::Benchmarking => "benchmarking",
            Self::Transitional => "transitional",
            Self::Reserved => "reserved",
            Self::Denied => "denied",
        }
    }

    fn is_never_a_peer(self) -> bool {
        matches!(self, Self::Unspecified | Self::Multicast | Self::Broadcast)
    }
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn of_v4(address: Ipv4Addr) -> Option<AddressClass> {
    Some(match address.octets() {
        [0, 0, 0, 0] => AddressClass::Unspecified,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => AddressClass::Private,
        [100, 64..=127, ..] => AddressClass::Shared,
        [127, ..] => AddressClass::Loopback,
        // Azure's host agent answers here from inside every virtual machine.
        [168, 63, 129, 16] => AddressClass::Metadata,
        [169, 254, ..] => AddressClass::LinkLocal,
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => AddressClass::Documentation,
        [192, 88, 99, _] => AddressClass::Transitional,
        [198, 18..=19, ..] => AddressClass::Benchmarking,
        [224..=239, ..] => AddressClass::Multicast,
        [255, 255, 255, 255] => AddressClass::Broadcast,
        // 192.0.0.0/24 holds two reachable anycast addresses (PCP, TURN); nobody receives webhooks there.
        [0 | 240..=255, ..] | [192, 0, 0, _] => AddressClass::Reserved,
        _ => return None,
    })
}

fn of_v6(address: Ipv6Addr) -> Option<AddressClass> {
    Some(match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0] => AddressClass::Unspecified,
        [0, 0, 0, 0, 0, 0, 0, 1] => AddressClass::Loopback,
        // In this order: IPv4-compatible, -mapped, -translated; NAT64; Teredo; 6to4; ISATAP.
        [0, 0, 0, 0, 0, 0 | 0xffff, ..]
        | [0, 0, 0, 0, 0xffff, 0, ..]
        | [0x64, 0xff9b, ..]
        | [0x2001, 0, ..]
        | [0x2002, ..]
        | [_, _, _, _, 0 | 0x200, 0x5efe, ..] => AddressClass::Transitional,
        [0xfe80..=0xfebf, ..] => AddressClass::LinkLocal,
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] => AddressClass::Private,
        [0xff00..=0xffff, ..] => AddressClass::Multicast,
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => AddressClass::Documentation,
        [0x2001, 2, 0, ..] => AddressClass::Benchmarking,
        // 2001::/23, protocol assignments: ORCHID, drone tags, anycast of protocols other than HTTP.
        [0x2001, 0..=0x1ff, ..] => AddressClass::Reserved,
        [0x2000..=0x3fff, ..] => return None,
        _ => AddressClass::Reserved,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORBIDDEN: &[(&str, AddressClass)] = &[
        ("0.0.0.0", AddressClass::Unspecified),
        ("0.1.2.3", AddressClass::Reserved),
        ("10.0.0.1", AddressClass::Private),
        ("10.255.255.255", AddressClass::Private),
        ("100.64.0.1", AddressClass::Shared),
        ("100.100.100.200", AddressClass::Shared),
        ("100.127.255.255", AddressClass::Shared),
        ("127.0.0.1", AddressClass::Loopback),
        ("127.255.255.254", AddressClass::Loopback),
        ("168.63.129.16", AddressClass::Metadata),
        ("169.254.0.1", AddressClass::LinkLocal),
        ("169.254.169.254", AddressClass::LinkLocal),
        ("172.16.0.1", AddressClass::Private),
        ("172.31.255.255", AddressClass::Private),
        ("192.0.0.1", AddressClass::Reserved),
        ("192.0.0.10", AddressClass::Reserved),
        ("192.0.0.192", AddressClass::Reserved),
        ("192.0.2.1", AddressClass::Documentation),
        ("192.88.99.1", AddressClass::Transitional),
        ("192.168.0.1", AddressClass::Private),
        ("198.18.0.1", AddressClass::Benchmarking),
        ("198.19.255.255", AddressClass::Benchmarking),
        ("198.51.100.1", AddressClass::Documentation),
        ("203.0.113.1", AddressClass::Documentation),
        ("224.0.0.1", AddressClass::Multicast),
        ("239.255.255.255", AddressClass::Multicast),
        ("240.0.0.1", AddressClass::Reserved),
        ("255.255.255.254", AddressClass::Reserved),
        ("255.255.255.255", AddressClass::Broadcast),
        ("::", AddressClass::Unspecified),
        ("::1", AddressClass::Loopback),
        ("::2", AddressClass::Transitional),
        ("::127.0.0.1", AddressClass::Transitional),
        ("::ffff:127.0.0.1", AddressClass::Transitional),
        ("::ffff:8.8.8.8", AddressClass::Transitional),
        ("::ffff:0:127.0.0.1", AddressClass::Transitional),
        ("64:ff9b::127.0.0.1", AddressClass::Transitional),
        ("64:ff9b:1::10.0.0.1", AddressClass::Transitional),
        ("100::1", AddressClass::Reserved),
        ("200::1", AddressClass::Reserved),
        ("1fff:ffff::1", AddressClass::Reserved),
        ("2001::1", AddressClass::Transitional),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", AddressClass::Transitional),
        ("2001:1::1", AddressClass::Reserved),
        ("2001:2::1", AddressClass::Benchmarking),
        ("2001:10::1", AddressClass::Reserved),
        ("2001:20::1", AddressClass::Reserved),
        ("2001:30::1", AddressClass::Reserved),
        ("2001:1ff::1", AddressClass::Reserved),
        ("2001:db8::1", AddressClass::Documentation),
        ("2002:7f00:1::1", AddressClass::Transitional),
        ("2002:808:808::1", AddressClass::Transitional),
        ("2606:4700::5efe:10.0.0.1", AddressClass::Transitional),
        ("2606:4700:0:0:200:5efe:10.0.0.1", AddressClass::Transitional),
        ("3fff::1", AddressClass::Documentation),
        ("4000::1", AddressClass::Reserved),
        ("5f00::1", AddressClass::Reserved),
        ("fc00::1", AddressClass::Private),
        ("fd00:ec2::254", AddressClass::Private),
        ("fe80::1", AddressClass::LinkLocal),
        ("fec0::1", AddressClass::Private),
        ("ff02::1", AddressClass::Multicast),
    ];

    const PUBLIC: &[&str] = &[
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "168.63.129.15",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.1",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2001:4860:4860::8888",
        "2606:4700:4700::1111",
        "2a00:1450:4001:800::200e",
        "3fff:1000::1",
    ];

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn net(text: &str) -> IpNet {
        text.parse().unwrap()
    }

    #[test]
    fn every_special_range_is_refused_by_its_class() {
        for (text, class) in FORBIDDEN {
            assert_eq!(AddressPolicy::public_only().judge(ip(text)), Err(*class), "{text}");
        }
    }

    #[test]
    fn the_neighbours_of_special_ranges_are_public() {
        for text in PUBLIC {
            assert_eq!(AddressPolicy::public_only().judge(ip(text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn development_mode_opens_loopback_and_nothing_else() {
        let policy = AddressPolicy::public_only().allowing_loopback();
        for (text, class) in FORBIDDEN {
            let expected = if *class == AddressClass::Loopback { Ok(()) } else { Err(*class) };
            assert_eq!(policy.judge(ip(text)), expected, "{text}");
        }
        assert!(policy.allows_loopback());
        assert!(!AddressPolicy::public_only().allows_loopback());
    }

    #[test]
    fn an_allow_list_opens_its_ranges_only() {
        let policy = AddressPolicy::public_only().allowing([net("10.1.0.0/16"), net("fd12::/16")]);
        assert_eq!(policy.judge(ip("10.1.2.3")), Ok(()));
        assert_eq!(policy.judge(ip("fd12::5")), Ok(()));
        assert_eq!(policy.judge(ip("10.2.0.1")), Err(AddressClass::Private));
        assert_eq!(policy.judge(ip("::ffff:10.1.2.3")), Err(AddressClass::Transitional));
    }

    #[test]
    fn a_deny_list_beats_the_allow_list() {
        let policy = AddressPolicy::public_only().allowing([net("10.0.0.0/8")]).denying([net("10.9.0.0/16")]);
        assert_eq!(policy.judge(ip("10.9.0.1")), Err(AddressClass::Denied));
        assert_eq!(policy.judge(ip("10.8.0.1")), Ok(()));
    }

    #[test]
    fn no_allow_list_makes_a_peer_of_what_can_never_be_one() {
        let policy = AddressPolicy::public_only().allowing([net("0.0.0.0/0"), net("::/0")]);
        assert_eq!(policy.judge(ip("0.0.0.0")), Err(AddressClass::Unspecified));
        assert_eq!(policy.judge(ip("::")), Err(AddressClass::Unspecified));
        assert_eq!(policy.judge(ip("224.0.0.1")), Err(AddressClass::Multicast));
        assert_eq!(policy.judge(ip("255.255.255.255")), Err(AddressClass::Broadcast));
        assert_eq!(policy.judge(ip("192.168.0.1")), Ok(()));
    }
}
