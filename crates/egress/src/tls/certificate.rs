//! What people ask of a receiver's certificate: until when it is valid, whose it is, who signed it, and for which hosts.
//!
//! Verification is rustls's matter. This reads a certificate for display only, so it knows just enough of
//! DER to find these fields, and says nothing about a certificate that it does not understand.

use std::net::{Ipv4Addr, Ipv6Addr};

use rustls::pki_types::CertificateDer;

/// What a receiver's certificate says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The first second in which it is valid, since the Unix epoch.
    pub valid_from: i64,
    /// The last second in which it is valid, since the Unix epoch.
    pub valid_until: i64,
    /// Subject and issuer are the same.
    pub self_issued: bool,
    /// Whose it is, such as `CN=hooks.example.com, O=Example`: the usual attributes, the narrowest first; may be empty.
    pub subject: Box<str>,
    /// Who signed it, likewise.
    pub issuer: Box<str>,
    /// The hosts that it is for: names and addresses, at most 100.
    pub names: Vec<Box<str>>,
}

/// How many hosts are told.
const NAMES_MAX: usize = 100;
/// How many characters are told of a host or of an attribute.
const TEXT_CHARS_MAX: usize = 256;
/// How many attributes of a subject or an issuer are told.
const ATTRIBUTES_MAX: usize = 20;

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const OBJECT: u8 = 0x06;
const OCTETS: u8 = 0x04;
const DNS_NAME: u8 = 0x82;
const IP_ADDRESS: u8 = 0x87;
/// The extension with the hosts: 2.5.29.17.
const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

impl Certificate {
    pub(crate) fn parse(der: &CertificateDer<'_>) -> Option<Self> {
        let mut outer = Der(der);
        let mut whole = Der(outer.expect(SEQUENCE)?);
        let mut fields = Der(whole.expect(SEQUENCE)?);
        if fields.peek() == Some(VERSION) {
            fields.next()?;
        }
        let (_serial, _algorithm) = (fields.next()?, fields.next()?);
        let issuer = fields.expect(SEQUENCE)?;
        let mut validity = Der(fields.expect(SEQUENCE)?);
        let subject = fields.expect(SEQUENCE)?;
        let _key = fields.next()?;
        Some(Self {
            valid_from: seconds(validity.next()?)?,
            valid_until: seconds(validity.next()?)?,
            self_issued: issuer == subject,
            subject: distinguished(subject).into(),
            issuer: distinguished(issuer).into(),
            names: alternative_names(fields).unwrap_or_default(),
        })
    }
}

/// The hosts that the extension names, from among what follows the key; none without one, or if it is damaged.
fn alternative_names(mut rest: Der<'_>) -> Option<Vec<Box<str>>> {
    let wrapped = std::iter::from_fn(|| rest.next()).find(|(tag, _)| *tag == EXTENSIONS)?.1;
    let mut extensions = Der(Der(wrapped).expect(SEQUENCE)?);
    let names = std::iter::from_fn(|| extensions.expect(SEQUENCE)).find_map(|extension| {
        let mut parts = Der(extension);
        if parts.expect(OBJECT)? != SUBJECT_ALTERNATIVE_NAME {
            return None;
        }
        // Whether it is critical may stand between.
        std::iter::from_fn(|| parts.next()).find(|(tag, _)| *tag == OCTETS).map(|(_, content)| content)
    })?;
    let mut names = Der(Der(names).expect(SEQUENCE)?);
    Some(std::iter::from_fn(|| names.next()).filter_map(host).take(NAMES_MAX).collect())
}

fn host((tag, content): (u8, &[u8])) -> Option<Box<str>> {
    match tag {
        DNS_NAME => Some(text(content).into()),
        IP_ADDRESS => match content.len() {
            4 => Some(Ipv4Addr::from(<[u8; 4]>::try_from(content).ok()?).to_string().into()),
            16 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(content).ok()?).to_string().into()),
            _ => None,
        },
        _ => None,
    }
}

/// The usual attributes of a subject or an issuer, the narrowest first, as people write them.
fn distinguished(name: &[u8]) -> String {
    let mut sets = Der(name);
    let attributes = std::iter::from_fn(|| sets.next()).take(ATTRIBUTES_MAX).filter_map(|(_, set)| {
        let mut attribute = Der(Der(set).expect(SEQUENCE)?);
        let short = match attribute.expect(OBJECT)? {
            [0x55, 0x04, 0x03] => "CN",
            [0x55, 0x04, 0x06] => "C",
            [0x55, 0x04, 0x07] => "L",
            [0x55, 0x04, 0x08] => "ST",
            [0x55, 0x04, 0x0a] => "O",
            [0x55, 0x04, 0x0b] => "OU",
            _ => return None,
        };
        Some(format!("{short}={}", text(attribute.next()?.1)))
    });
    let mut attributes: Vec<_> = attributes.collect();
    attributes.reverse();
    attributes.join(", ")
}

/// A text of a certificate, fit to be shown.
fn text(bytes: &[u8]) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    String::from_utf8_lossy(bytes).chars().take(TEXT_CHARS_MAX).map(shown).collect()
}

/// The rest of a run of DER elements.
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    /// The tag and the content of the next element.
    fn next(&mut self) -> Option<(u8, &'a [u8])> {
        let (&[tag, first], rest) = self.0.split_first_chunk()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            // A certificate is far below 16 MB: at most three bytes of length.
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                (bytes.iter().fold(0, |length, byte| length << 8 | usize::from(*byte)), rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    fn expect(&mut self, wanted: u8) -> Option<&'a [u8]> {
        self.next().filter(|(tag, _)| *tag == wanted).map(|(_, content)| content)
    }
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`, the only forms that certificates may use, as seconds since the epoch.
fn seconds((tag, text): (u8, &[u8])) -> Option<i64> {
    let (year_digits, length) = match tag {
        UTC_TIME => (2, 13),
        GENERALIZED_TIME => (4, 15),
        _ => return None,
    };
    let (b'Z', digits) = text.split_last()? else { return None };
    if text.len() != length || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number =
        |from: usize, to: usize| digits[from..to].iter().fold(0, |n, d| n * 10 + i64::from(d - b'0'));
    let year = match (tag, number(0, year_digits)) {
        (UTC_TIME, year @ 0..=49) => 2000 + year,
        (UTC_TIME, year) => 1900 + year,
        (_, year) => year,
    };
    let at = |field: usize| number(year_digits + 2 * field, year_digits + 2 * field + 2);
    Some(days(year, at(0), at(1)) * 86_400 + at(2) * 3600 + at(3) * 60 + at(4))
}

/// Days from 1970-01-01 to a day of the Gregorian calendar; a year begins in March here, so that the leap day
/// is its last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let month = (month + 9) % 12;
    year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, CertifiedIssuer, DnType, KeyPair, date_time_ymd};

    use super::*;

    fn params(name: &str) -> CertificateParams {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(2000, 2, 29);
        params.not_after = date_time_ymd(2061, 3, 1);
        params
    }

    #[test]
    fn validity_is_read_from_both_forms_of_time() {
        let certificate = params("a.example").self_signed(&KeyPair::generate().unwrap()).unwrap();
        let read = Certificate::parse(certificate.der()).unwrap();
        assert_eq!(read.valid_from, date_time_ymd(2000, 2, 29).unix_timestamp());
        assert_eq!(read.valid_until, date_time_ymd(2061, 3, 1).unix_timestamp());
    }

    #[test]
    fn self_signed_and_issued_certificates_are_told_apart() {
        let key = KeyPair::generate().unwrap();
        let alone = params("a.example").self_signed(&key).unwrap();
        assert!(Certificate::parse(alone.der()).unwrap().self_issued);
        let authority =
            CertifiedIssuer::self_signed(params("authority"), KeyPair::generate().unwrap()).unwrap();
        let issued = params("a.example").signed_by(&key, &authority).unwrap();
        assert!(!Certificate::parse(issued.der()).unwrap().self_issued);
    }

    #[test]
    fn it_tells_whose_it_is_who_signed_it_and_for_which_hosts() {
        let mut authority = params("The Authority");
        authority.distinguished_name.push(DnType::OrganizationName, "Trust\nus");
        authority.distinguished_name.push(DnType::CountryName, "DE");
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let mut own = CertificateParams::new(
            ["a.example", "*.b.example", "192.0.2.7", "2001:db8::1"].map(String::from),
        );
        own.as_mut().unwrap().distinguished_name.push(DnType::OrganizationalUnitName, "Hooks");
        let issued = own.unwrap().signed_by(&KeyPair::generate().unwrap(), &authority).unwrap();
        let read = Certificate::parse(issued.der()).unwrap();
        assert_eq!(&*read.issuer, "C=DE, O=Trust us, CN=The Authority");
        assert!(read.subject.starts_with("OU=Hooks"), "{}", read.subject);
        let names: Vec<_> = read.names.iter().map(|name| &**name).collect();
        assert_eq!(names, ["a.example", "*.b.example", "192.0.2.7", "2001:db8::1"]);
    }

    #[test]
    fn damaged_certificates_are_not_understood_and_never_panic() {
        let certificate = params("a.example").self_signed(&KeyPair::generate().unwrap()).unwrap();
        let der = certificate.der().to_vec();
        for length in 0..der.len().min(300) {
            assert_eq!(Certificate::parse(&CertificateDer::from(&der[..length])), None);
        }
        for place in 0..der.len() {
            let mut damaged = der.clone();
            damaged[place] ^= 0xff;
            let _either_way = Certificate::parse(&CertificateDer::from(damaged));
        }
    }
}
