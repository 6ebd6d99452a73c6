//! What may be called at all: addresses, URLs, ports, headers. Pure, in one place, asked twice: when a
//! subscription is saved and again when its connection is opened.

mod address;
mod header;
mod port;
mod url;

pub use self::address::{AddressClass, AddressPolicy};
pub use self::header::{
    HEADER_NAME_BYTES_MAX, HEADER_VALUE_BYTES_MAX, HeaderRefusal, check_header, is_forbidden_header,
};
pub use self::port::is_forbidden_port;
pub use self::url::{INBOX_HOST, URL_BYTES_MAX, UrlPolicy, UrlRefusal};
