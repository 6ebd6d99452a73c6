//! Which URLs may be saved as an endpoint.
//!
//! The text is parsed once, as browsers do, and everything is judged on what came out: `0x7f.1`,
//! `2130706433`, `%3127.0.0.1` and full-width digits are all `127.0.0.1` by then. The canonical form is
//! what is called later, so nobody parses the user's text a second time and differently.

use std::net::IpAddr;

use url::Url;

use super::address::{AddressClass, AddressPolicy};
use super::port::is_forbidden_port;
use crate::endpoint::{Endpoint, Host};

/// The longest URL of an endpoint, in bytes, as given and in canonical form.
pub const URL_BYTES_MAX: usize = 2048;

/// The host of the inboxes of this server: a name for private use, which is recognised and never looked up.
pub const INBOX_HOST: &str = "inbox.hookledger.internal";

/// The longest host name and the longest label of one, in bytes (RFC 1035).
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// Names that only private networks use, with everything below them.
const PRIVATE_ZONES: &[&str] =
    &["internal", "local", "localdomain", "lan", "intranet", "corp", "private", "home.arpa"];

/// The judge of URLs: `https` to public addresses, unless it was told otherwise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UrlPolicy {
    http: bool,
    inbox: bool,
    addresses: AddressPolicy,
}

impl UrlPolicy {
    /// `https` only, to hosts that `addresses` does not forbid.
    pub fn https_only(addresses: AddressPolicy) -> Self {
        Self { http: false, inbox: false, addresses }
    }

    /// Also `http`: for development, and for networks that are private anyway.
    #[must_use]
    pub fn allowing_http(mut self) -> Self {
        self.http = true;
        self
    }

    /// Also [`INBOX_HOST`], by `https` and at its usual port: for whoever recognises it and hands requests to the inboxes of
    /// this server. It opens no way to any address: that name is not looked up, and if it were, its addresses would be judged.
    #[must_use]
    pub fn allowing_inboxes(mut self) -> Self {
        self.inbox = true;
        self
    }

    /// Parses and judges a URL; what it returns can be sent to.
    ///
    /// A name is judged by itself here, without asking DNS; its addresses are judged when they are used.
    pub fn check(&self, text: &str) -> Result<Endpoint, UrlRefusal> {
        if text.len() > URL_BYTES_MAX {
            return Err(UrlRefusal::TooLong);
        }
        // Parsers disagree on these: some drop them, some take a backslash for a slash.
        if text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
            return Err(UrlRefusal::Character);
        }
        let url = Url::parse(text).map_err(|error| match error {
            url::ParseError::InvalidPort => UrlRefusal::PortNumber,
            url::ParseError::EmptyHost
            | url::ParseError::IdnaError
            | url::ParseError::InvalidIpv4Address
            | url::ParseError::InvalidIpv6Address
            | url::ParseError::InvalidDomainCharacter => UrlRefusal::Host,
            _ => UrlRefusal::Malformed,
        })?;
        self.judge(url, text)
    }

    fn judge(&self, mut url: Url, text: &str) -> Result<Endpoint, UrlRefusal> {
        match url.scheme() {
            "https" => {}
            "http" if self.http => {}
            "http" => return Err(UrlRefusal::HttpNotAllowed),
            _ => return Err(UrlRefusal::Scheme),
        }
        // The parser forgives `https:host`, `https:////host` and `https://@host`; others read them differently.
        let authority = authority(text).ok_or(UrlRefusal::Malformed)?;
        if authority.contains('@') {
            return Err(UrlRefusal::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(UrlRefusal::Fragment);
        }
        let port = url.port_or_known_default().ok_or(UrlRefusal::PortNumber)?;
        if is_forbidden_port(port) {
            return Err(UrlRefusal::Port(port));
        }
        let host = self.judge_host(&mut url)?;
        if self.inbox && host.is_inbox() && (url.scheme() != "https" || port != 443) {
            return Err(UrlRefusal::PrivateName);
        }
        if url.as_str().len() > URL_BYTES_MAX {
            return Err(UrlRefusal::TooLong);
        }
        Endpoint::new(&url, host, port).ok_or(UrlRefusal::Character)
    }

    fn judge_host(&self, url: &mut Url) -> Result<Host, UrlRefusal> {
        let address: IpAddr = match url.host().ok_or(UrlRefusal::Host)? {
            url::Host::Ipv4(address) => address.into(),
            url::Host::Ipv6(address) => address.into(),
            url::Host::Domain(name) => {
                let name = name.strip_suffix('.').unwrap_or(name).to_owned();
                self.judge_name(&name)?;
                url.set_host(Some(&name)).map_err(|_| UrlRefusal::Host)?;
                return Ok(Host::Name(name.into()));
            }
        };
        self.addresses.judge(address).map_err(UrlRefusal::Address)?;
        Ok(Host::Address(address))
    }

    fn judge_name(&self, name: &str) -> Result<(), UrlRefusal> {
        let is_label = |label: &str| {
            (1..=LABEL_BYTES_MAX).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if name.len() > NAME_BYTES_MAX || !name.split('.').all(is_label) {
            return Err(UrlRefusal::Host);
        }
        if self.inbox && name == INBOX_HOST {
            return Ok(());
        }
        if is_below(name, "localhost") {
            let allowed = self.addresses.allows_loopback();
            return if allowed { Ok(()) } else { Err(UrlRefusal::PrivateName) };
        }
        let private = !name.contains('.') || PRIVATE_ZONES.iter().any(|zone| is_below(name, zone));
        if private && !self.addresses.allows_private() {
            return Err(UrlRefusal::PrivateName);
        }
        Ok(())
    }
}

/// Whether `name` is `zone` or lies below it; both are in lower case already.
fn is_below(name: &str, zone: &str) -> bool {
    name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// What stands between `://` and the path in the text as given; none if there is no such thing.
fn authority(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once(':')?;
    rest.strip_prefix("//")?.split(['/', '?', '#']).next().filter(|authority| !authority.is_empty())
}

/// Why a URL was not accepted as an endpoint. The message completes "URL …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlRefusal {
    /// Longer than [`URL_BYTES_MAX`].
    #[error("is longer than {URL_BYTES_MAX} bytes")]
    TooLong,
    /// No absolute URL.
    #[error("is not absolute; write it as https://host/path")]
    Malformed,
    /// A character that different parsers take for different things.
    #[error("has a space, a control character, a backslash or another that must be percent-encoded")]
    Character,
    /// Another scheme than `https` (and `http`, where allowed).
    #[error("does not begin with https://")]
    Scheme,
    /// `http`, where the operator does not allow it.
    #[error("begins with http://, and this installation accepts https:// only")]
    HttpNotAllowed,
    /// A user name or password; they would end up in logs and records.
    #[error("has a user name or password; send credentials in a header of the subscription")]
    UserInfo,
    /// A fragment, which is never sent.
    #[error("has a fragment (#), which is never sent; leave it out")]
    Fragment,
    /// No host, or one that is neither a name nor an address.
    #[error("has no valid host name or address")]
    Host,
    /// A name that only means something inside a private network.
    #[error("names a host of a private network; use a public host name")]
    PrivateName,
    /// The host is an address, in whatever spelling, that is not public.
    #[error("points to a {0} address; use a publicly reachable one")]
    Address(AddressClass),
    /// Not a number between 1 and 65535.
    #[error("has no valid port number")]
    PortNumber,
    /// Something other than HTTP lives there.
    #[error("has port {0}, which is known for a service other than HTTP")]
    Port(u16),
}

impl UrlRefusal {
    /// A stable name for the reason, for answers that programs read.
    pub fn code(self) -> &'static str {
        match self {
            Self::TooLong => "url_too_long",
            Self::Malformed => "url_malformed",
            Self::Character => "url_character",
            Self::Scheme => "url_scheme",
            Self::HttpNotAllowed => "url_http_not_allowed",
            Self::UserInfo => "url_user_info",
            Self::Fragment => "url_fragment",
            Self::Host => "url_host",
            Self::PrivateName => "url_private_name",
            Self::Address(_) => "url_address",
            Self::PortNumber => "url_port_number",
            Self::Port(_) => "url_port",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strict() -> UrlPolicy {
        UrlPolicy::https_only(AddressPolicy::public_only())
    }

    fn development() -> UrlPolicy {
        UrlPolicy::https_only(AddressPolicy::public_only().allowing_loopback()).allowing_http()
    }

    #[test]
    fn the_host_of_inboxes_is_private_unless_it_is_recognised() {
        let url = "https://inbox.hookledger.internal/inb_1";
        assert_eq!(refusal(url), Some(UrlRefusal::PrivateName));
        let policy = strict().allowing_inboxes();
        for spelled in [url, "https://INBOX.hookledger.internal.:443/a/../inb_1"] {
            let endpoint = policy.check(spelled).unwrap();
            assert!(endpoint.host().is_inbox());
            assert_eq!(endpoint.as_str(), url);
        }
        for other in
            ["https://x.inbox.hookledger.internal/", "https://hookledger.internal/", "https://127.0.0.1/"]
        {
            assert!(policy.check(other).is_err(), "{other}");
        }
        // Also where private names may be called: it is this very URL or none.
        let lax =
            UrlPolicy::https_only(AddressPolicy::public_only().allowing(["10.0.0.0/8".parse().unwrap()]));
        for other in ["https://inbox.hookledger.internal:8443/", "http://inbox.hookledger.internal//inb_1"] {
            let refused = lax.clone().allowing_http().allowing_inboxes().check(other);
            assert_eq!(refused.err(), Some(UrlRefusal::PrivateName), "{other}");
        }
    }

    fn refusal(text: &str) -> Option<UrlRefusal> {
        strict().check(text).err()
    }

    #[test]
    fn every_spelling_of_a_forbidden_address_is_recognised() {
        use AddressClass::{LinkLocal, Loopback, Private, Transitional, Unspecified};
        for (host, class) in [
            ("127.0.0.1", Loopback),
            ("127.0.0.1.", Loopback),
            ("127.1", Loopback),
            ("127.0.1", Loopback),
            ("2130706433", Loopback),
            ("0x7f000001", Loopback),
            ("0x7F.0.0.1", Loopback),
            ("0x7f.1", Loopback),
            ("0177.0.0.1", Loopback),
            ("017700000001", Loopback),
            ("00000177.0.0.1", Loopback),
            ("0", Unspecified),
            ("0x0", Unspecified),
            ("%31%32%37.0.0.1", Loopback),
            ("127%2e0%2e0%2e1", Loopback),
            ("１２７.０.０.１", Loopback),
            ("127。0。0。1", Loopback),
            ("①②⑦.⓪.⓪.①", Loopback),
            ("10.1", Private),
            ("0xa.1", Private),
            ("167772161", Private),
            ("0300.0250.0.1", Private),
            ("169.254.169.254", LinkLocal),
            ("2852039166", LinkLocal),
            ("0xA9FEA9FE", LinkLocal),
            ("0251.0376.0251.0376", LinkLocal),
            ("[::1]", Loopback),
            ("[0:0:0:0:0:0:0:1]", Loopback),
            ("[0000::0001]", Loopback),
            ("[::]", Unspecified),
            ("[::ffff:127.0.0.1]", Transitional),
            ("[::ffff:7f00:1]", Transitional),
            ("[::FFFF:a9fe:a9fe]", Transitional),
            ("[::127.0.0.1]", Transitional),
            ("[64:ff9b::7f00:1]", Transitional),
            ("[64:ff9b:1::a00:1]", Transitional),
            ("[2002:7f00:1::]", Transitional),
            ("[2001:0:4136:e378::1]", Transitional),
            ("[fe80::1]", LinkLocal),
            ("[fd00:ec2::254]", Private),
        ] {
            for url in [format!("https://{host}/x"), format!("https://{host}:8443/x")] {
                assert_eq!(refusal(&url), Some(UrlRefusal::Address(class)), "{url}");
            }
        }
    }

    #[test]
    fn hosts_that_are_neither_name_nor_address_are_refused() {
        for url in [
            "https:///x",
            "https://",
            "https://[fe80::1%25eth0]/",
            "https://[fe80::1%eth0]/",
            "https://[::1",
            "https://256.0.0.1/",
            "https://1.2.3.4.5/",
            "https://0xffffffffff/",
            "https://09.0.0.1/",
            "https://a..b.example/",
            "https://.example.com/",
            "https://exa%00mple.com/",
            "https://exa<mple.com/",
            "https://-a.example/",
            &format!("https://{}.example/", "a".repeat(64)),
            &format!("https://{}example/", "abcdefg.".repeat(32)),
        ] {
            assert!(
                matches!(refusal(url), Some(UrlRefusal::Host | UrlRefusal::Malformed)),
                "{url}: {:?}",
                refusal(url)
            );
        }
    }

    #[test]
    fn names_of_private_networks_are_refused_in_any_spelling() {
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "loc%61lhost",
            "ｌocalhost",
            "app.localhost",
            "metadata.google.internal",
            "internal",
            "printer.local",
            "router.home.arpa",
            "redis",
            "localhost.localdomain",
        ] {
            let url = format!("https://{host}/x");
            assert_eq!(refusal(&url), Some(UrlRefusal::PrivateName), "{url}");
        }
        assert!(strict().check("https://notlocalhost.example/").is_ok());
        assert!(strict().check("https://internal.example/").is_ok());
    }

    #[test]
    fn anything_but_a_plain_https_url_is_refused_with_its_reason() {
        let long = format!("https://hooks.example/{}", "a".repeat(URL_BYTES_MAX));
        let long_when_encoded = format!("https://hooks.example/{}", "é".repeat(400));
        for (url, expected) in [
            ("http://hooks.example/", UrlRefusal::HttpNotAllowed),
            ("ftp://hooks.example/", UrlRefusal::Scheme),
            ("file:///etc/passwd", UrlRefusal::Scheme),
            ("gopher://hooks.example/", UrlRefusal::Scheme),
            ("javascript:alert(1)", UrlRefusal::Scheme),
            ("data:text/plain,x", UrlRefusal::Scheme),
            ("hooks.example/x", UrlRefusal::Malformed),
            ("//hooks.example/x", UrlRefusal::Malformed),
            ("", UrlRefusal::Malformed),
            ("https://user@hooks.example/", UrlRefusal::UserInfo),
            ("https://user:secret@hooks.example/", UrlRefusal::UserInfo),
            ("https://:secret@hooks.example/", UrlRefusal::UserInfo),
            ("https://@hooks.example/", UrlRefusal::UserInfo),
            ("https:@hooks.example/", UrlRefusal::Malformed),
            ("https:hooks.example/", UrlRefusal::Malformed),
            ("https:/hooks.example/", UrlRefusal::Malformed),
            ("https:///hooks.example/", UrlRefusal::Malformed),
            ("https://hooks.example/#part", UrlRefusal::Fragment),
            ("https://hooks.example/#", UrlRefusal::Fragment),
            ("https://hooks.example/a b", UrlRefusal::Character),
            (" https://hooks.example/", UrlRefusal::Character),
            ("https://hooks.example/\n", UrlRefusal::Character),
            ("https://hooks.exa\tmple/", UrlRefusal::Character),
            ("https:\\\\hooks.example/", UrlRefusal::Character),
            ("https://hooks.example\\@10.0.0.1/", UrlRefusal::Character),
            ("https://hooks.example:0/", UrlRefusal::Port(0)),
            ("https://hooks.example:22/", UrlRefusal::Port(22)),
            ("https://hooks.example:25/", UrlRefusal::Port(25)),
            ("https://hooks.example:6379/", UrlRefusal::Port(6379)),
            ("https://hooks.example:65536/", UrlRefusal::PortNumber),
            ("https://hooks.example:http/", UrlRefusal::PortNumber),
            (&long, UrlRefusal::TooLong),
            (&long_when_encoded, UrlRefusal::TooLong),
        ] {
            assert_eq!(refusal(url), Some(expected), "{url}");
        }
    }

    #[test]
    fn what_is_accepted_is_called_in_its_canonical_form() {
        for (url, canonical, port) in [
            ("https://hooks.example", "https://hooks.example/", 443),
            ("HTTPS://Hooks.EXAMPLE:443/a/../b?x=1", "https://hooks.example/b?x=1", 443),
            ("https://hooks.example./x", "https://hooks.example/x", 443),
            ("https://bücher.example:8443/ä?q=ü", "https://xn--bcher-kva.example:8443/%C3%A4?q=%C3%BC", 8443),
            ("https://8.8.8.8:65535/x@y", "https://8.8.8.8:65535/x@y", 65535),
            ("https://[2606:4700:4700::1111]/", "https://[2606:4700:4700::1111]/", 443),
            ("https://a_b.example/{id}|^\"`", "https://a_b.example/%7Bid%7D|^%22%60", 443),
        ] {
            let endpoint = strict().check(url).unwrap_or_else(|refusal| panic!("{url}: {refusal}"));
            assert_eq!(endpoint.as_str(), canonical);
            assert_eq!(endpoint.port(), port);
            assert_eq!(strict().check(endpoint.as_str()).unwrap(), endpoint, "judging again changes nothing");
        }
    }

    #[test]
    fn development_mode_accepts_http_on_this_machine() {
        for url in
            ["http://127.0.0.1:3000/x", "http://localhost:3000/", "http://[::1]:3000/", "http://receiver/"]
        {
            assert!(development().check(url).is_ok(), "{url}");
        }
        for url in ["http://169.254.169.254/", "http://10.0.0.1/", "http://0.0.0.0/"] {
            assert!(matches!(development().check(url), Err(UrlRefusal::Address(_))), "{url}");
        }
    }

    #[test]
    fn an_operators_network_opens_private_names_but_not_localhost() {
        let policy =
            UrlPolicy::https_only(AddressPolicy::public_only().allowing(["10.0.0.0/8".parse().unwrap()]));
        assert!(policy.check("https://hooks.prod.internal/").is_ok());
        assert!(policy.check("https://10.1.2.3/").is_ok());
        assert_eq!(policy.check("https://localhost/"), Err(UrlRefusal::PrivateName));
    }
}
