//! The two facts that people ask of a receiver's certificate: until when, and who signed it.
//!
//! Verification is rustls's matter. This reads a certificate for display only, so it knows just enough of
//! DER to find four fields, and says nothing about a certificate that it does not understand.

use rustls::pki_types::CertificateDer;

/// What a receiver's certificate says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Certificate {
    /// The first second in which it is valid, since the Unix epoch.
    pub valid_from: i64,
    /// The last second in which it is valid, since the Unix epoch.
    pub valid_until: i64,
    /// Subject and issuer are the same.
    pub self_issued: bool,
}

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
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
        Some(Self {
            valid_from: seconds(validity.next()?)?,
            valid_until: seconds(validity.next()?)?,
            self_issued: issuer == subject,
        })
    }
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
