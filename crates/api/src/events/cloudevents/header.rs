//! Values of headers as values of attributes, as the HTTP binding has it in section 3.1.3.2.

use http::HeaderValue;

/// Takes off quotes with their backslashes, if there are any, and then one round of percent-encoding.
pub(super) fn decode(value: &HeaderValue) -> Result<String, &'static str> {
    let text = value.to_str().map_err(|_| "holds something beyond visible ASCII; percent-encode it")?;
    let bytes = percent_decoded(&unquoted(text.trim())?)?;
    String::from_utf8(bytes).map_err(|_| "is not UTF-8 once it is percent-decoded")
}

/// What stands in double quotes, as RFC 9110 has it in section 5.6.4; without quotes, the text itself.
fn unquoted(text: &str) -> Result<String, &'static str> {
    const UNBALANCED: &str = "begins with a double quote that is not closed at its end";
    let Some(rest) = text.strip_prefix('"') else { return Ok(text.to_owned()) };
    let mut plain = String::with_capacity(rest.len());
    let mut characters = rest.chars();
    loop {
        match characters.next() {
            Some('"') if characters.as_str().is_empty() => return Ok(plain),
            Some('\\') => plain.push(characters.next().ok_or(UNBALANCED)?),
            Some('"') | None => return Err(UNBALANCED),
            Some(other) => plain.push(other),
        }
    }
}

fn percent_decoded(text: &str) -> Result<Vec<u8>, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let decoded = if byte == b'%' {
            let digit = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
            let pair = digit(rest.next()).zip(digit(rest.next()));
            let (high, low) =
                pair.ok_or("has a percent sign without two hexadecimal digits; write it as %25")?;
            u8::try_from(high * 16 + low).expect("two hexadecimal digits make a byte")
        } else {
            byte
        };
        bytes.push(decoded);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(value: &'static str) -> Result<String, &'static str> {
        decode(&HeaderValue::from_static(value))
    }

    #[test]
    fn one_round_of_percent_encoding_is_taken_off() {
        assert_eq!(decoded("Euro%20%E2%82%AC%20%F0%9F%98%80").unwrap(), "Euro € 😀");
        assert_eq!(decoded("%c3%a4%41").unwrap(), "äA");
        assert_eq!(decoded("100%2525").unwrap(), "100%25");
        assert_eq!(decoded("plain text").unwrap(), "plain text");
    }

    #[test]
    fn quotes_of_older_senders_are_taken_off_first() {
        assert_eq!(decoded(r#""a \"b\" \\ c%20d""#).unwrap(), "a \"b\" \\ c d");
        assert_eq!(decoded(r#""""#).unwrap(), "");
        assert!(decoded(r#""a"#).is_err() && decoded(r#""a"b"#).is_err() && decoded(r#"""#).is_err());
    }

    #[test]
    fn what_is_not_utf8_or_half_encoded_is_refused() {
        for value in ["%C0%A0", "%FF", "%", "%4", "%zz", "%+1"] {
            assert!(decoded(value).is_err(), "{value}");
        }
        assert!(decode(&HeaderValue::from_bytes("ä".as_bytes()).unwrap()).is_err());
    }
}
